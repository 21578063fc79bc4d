/** `easel run` has workers of every class that the registry names, also of one that tasks only come to for want of memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../core/db/open.ts';
import { runEasel } from '../support/easel.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'easel_after_oom_'));
  writeFileSync(join(home, 'settings.yaml'), 'task_types: [types.json]\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Fills its heap, but for the second time. */
const SCRIPT = `
const { existsSync, writeFileSync } = require('node:fs');
const mark = __dirname + '/mark';
const kept = [];
if (!existsSync(mark)) {
  writeFileSync(mark, '');
  for (;;) kept.push(new Array(10000).fill(kept.length));
}`;

const register = (after_oom: object) => {
  const script = join(home, 'fit.cjs');
  writeFileSync(script, SCRIPT);
  const command = [process.execPath, '--max-old-space-size=40', script];
  const type = { description: 'for tests', command, retries: { oom: 1 }, retry_delay: 0, after_oom };
  writeFileSync(join(home, 'types.json'), JSON.stringify({ fit: type }));
  writeFileSync(join(home, 'job.json'), JSON.stringify({ task_list: [{ task: 'fit' }] }));
};
const run = () => runEasel(['run', join(home, 'job.json')], { EASEL_HOME: home });

test('a task that ran out of memory is done by a worker of the other class', async () => {
  register({ worker_class: 'large', memory_gb: 2 });
  expect((await run()).code).toBe(0);
  const database = await openDatabase(`sqlite:${join(home, 'easel.db')}`);
  const attempts = await database.kysely
    .selectFrom('attempts')
    .innerJoin('processes', 'processes.id', 'attempts.worker_id')
    .select(['state', 'exit_class', 'processes.worker_class'])
    .orderBy('number')
    .execute();
  await database.close();
  expect(attempts).toEqual([
    { state: 'failed', exit_class: 'oom', worker_class: 'default' },
    { state: 'succeeded', exit_class: null, worker_class: 'large' },
  ]);
});

test('a registry that would raise nothing is refused, with its file and what to write', async () => {
  register({ worker_class: 'default', memory_gb: 1 });
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toContain('types.json');
  expect(stderr).toMatch(/must be another class than that of the type[\s\S]*fit.after_oom.worker_class/);
  expect(stderr).toMatch(/must be more than the type's resources.memory_gb[\s\S]*fit.after_oom.memory_gb/);
});
