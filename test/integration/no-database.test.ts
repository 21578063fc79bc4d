/** Where no embedded database is: whoever looks is told so and leaves nothing behind, a worker waits for it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EaselProcess, runEasel } from '../support/easel.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'easel_none_'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const LOOKING = [
  ...[['jobs'], ['tree', '1'], ['queue'], ['workers'], ['doctor'], ['pauses'], ['empty-queue', '--dry-run']],
  ['db-save', 'saved.easel'],
];

test.each(LOOKING)('easel %s says that there is no database, and makes none', async (...args) => {
  const { code, stderr } = await runEasel(args, { EASEL_HOME: home });
  expect(code).toBe(1);
  expect(stderr).toMatch(/easel\.db: there is no such file: is this the right folder .*EASEL_HOME/);
  expect(readdirSync(home)).toEqual([]);
});

test('a worker waits until there is one, and begins', async () => {
  const worker = new EaselProcess(['work', '--slots', '1'], { EASEL_HOME: home });
  try {
    await worker.says('there is no such file');
    expect(readdirSync(home)).toEqual([]);
    const job = resolve('demo_jobs/hello.json');
    expect((await runEasel(['submit', '--tasks', job], { EASEL_HOME: home })).code).toBe(0);
    await worker.says('worker_started');
    expect((await worker.stop()).code).toBe(0);
  } finally {
    worker.child.kill('SIGKILL');
  }
});
