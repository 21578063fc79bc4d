/**
 * Tasks that take more memory than their container has: however they end, it is told as memory, and their worker goes on.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../worker/attempt.ts';
import { createDaemons } from '../support/daemons.ts';
import { createSqliteDatabase } from '../support/databases.ts';
import { MemoryGroup, whyNoGroup } from '../support/memory-group.ts';

const LIMIT = 600_000_000;
const HOARD = 'const kept = []; for (;;) kept.push(Buffer.alloc(1e7, 1))';

describe.skipIf(whyNoGroup !== undefined)(`out of memory ${whyNoGroup ?? ''}`, () => {
  let group: MemoryGroup;
  let home: string;
  beforeEach(() => {
    group = new MemoryGroup(LIMIT);
    home = mkdtempSync(join(tmpdir(), 'easel_oom_'));
  });
  afterEach(async () => {
    await group.remove();
    rmSync(home, { recursive: true, force: true });
  });

  /** One task alone, in the group. */
  async function attempt(config: object): Promise<AttemptOutcome> {
    const file = join(home, 'task.json');
    writeFileSync(file, JSON.stringify(config));
    const module = relative(home, join(import.meta.dirname, 'fixtures/slot/behaviours.ts'));
    const type = { description: 'for tests', module, settings: { kind: {} } };
    writeFileSync(join(home, 'types.json'), JSON.stringify({ behave: type }));
    writeFileSync(join(home, 'settings.yaml'), 'task_types: [types.json]\n');
    const { stdout } = await group.easel(['run-task', file, '--json'], { EASEL_HOME: home }).ended();
    return JSON.parse(stdout) as AttemptOutcome;
  }

  test('a command that the kernel kills, with the peak of its container', async () => {
    const outcome = await attempt({ task: 'command', command: [process.execPath, '-e', HOARD] });
    expect(outcome).toMatchObject({ exitClass: 'oom', signal: 'SIGKILL' });
    expect(outcome.error).toBe('it ran out of memory: the command was ended by SIGKILL');
    expect(outcome.usage.peakMemoryBytes).toBeGreaterThan(LIMIT * 0.95);
    expect(group.kills).toBe(1);
  });

  test('a command of which the kernel kills a part, and that ends with a status of its own', async () => {
    const script = `nice "${process.execPath}" -e "${HOARD}" || {{ echo part is gone >&2; exit 5; }}`;
    const outcome = await attempt({ task: 'command', shell: true, command: script });
    expect(outcome).toMatchObject({ exitClass: 'oom', exitCode: 5 });
    expect(outcome.error).toMatch(
      /^it ran out of memory: the command ended with exit status 5[\s\S]*part is gone/,
    );
    expect(group.kills).toBe(1);
  });

  test('a command that fails by itself has not run out of memory', async () => {
    const outcome = await attempt({ task: 'command', command: ['/bin/sh', '-c', 'exit 5'] });
    expect(outcome).toMatchObject({ exitClass: 'exit', exitCode: 5 });
  });

  test('a module that grows fills a heap of its own before the kernel acts', async () => {
    const outcome = await attempt({ task: 'behave', kind: 'heap' });
    expect(outcome).toMatchObject({ exitClass: 'oom', error: expect.stringMatching(/heap out of memory/) });
    expect(group.kills).toBe(0);
  });

  test('a module that takes memory beside its heap is killed, and nobody else', async () => {
    const outcome = await attempt({ task: 'behave', kind: 'hoard' });
    expect(outcome).toMatchObject({
      exitClass: 'oom',
      error: expect.stringMatching(/^it ran out of memory/),
    });
    expect(outcome.usage.peakMemoryBytes).toBeGreaterThan(LIMIT * 0.95);
    expect(group.kills).toBe(1);
  });

  /** A job for a worker in the group, which is alive at its end. */
  async function work(types: object, { slots, tasks }: { slots: number; tasks: readonly object[] }) {
    const registry = join(home, 'types.json');
    writeFileSync(registry, JSON.stringify(types));
    const database = await createSqliteDatabase();
    const daemons = await createDaemons({ databaseUrl: database.url, settings: { task_types: [registry] } });
    try {
      await daemons.startScheduler();
      const jobId = await daemons.submitHere({ task_list: tasks });
      const environment = { EASEL_HOME: daemons.home };
      const worker = group.easel(['work', '--class', 'small', '--slots', String(slots)], environment);
      daemons.started.push(worker);
      const job = await daemons.end(jobId);
      const failed = await daemons.kysely.selectFrom('attempts').select(['exit_class', 'error']).execute();
      expect((await worker.stop()).code).toBe(0);
      return { job, failed: failed.filter(({ exit_class }) => exit_class !== null) };
    } finally {
      await daemons.close();
      await database.drop();
    }
  }
  const small = { worker_class: 'small', resources: { cpu: 0.1, memory_gb: 0.17 } };

  test('the worker goes on with the next', async () => {
    const types = {
      hoard: { description: 'hoards', command: [process.execPath, '-e', HOARD], ...small },
      modest: { description: 'is modest', command: ['/bin/true'], ...small },
    };
    const tasks = [
      { task: 'hoard', name: 'first', priority: 1 },
      { task: 'modest', name: 'second' },
    ];
    const { job, failed } = await work(types, { slots: 1, tasks });
    expect([job.task('first').state, job.task('second').state]).toEqual(['failed', 'done']);
    expect(failed).toMatchObject([{ exit_class: 'oom' }]);
    expect(group.kills).toBe(1);
  });

  test('modules in several slots have a heap that is their share', async () => {
    const module = relative(home, join(import.meta.dirname, 'fixtures/slot/behaviours.ts'));
    const types = { behave: { description: 'for tests', module, settings: { kind: {} }, ...small } };
    const task = { task: 'behave', kind: 'heap' };
    const { failed } = await work(types, { slots: 2, tasks: [task, task] });
    const full = { exit_class: 'oom', error: expect.stringMatching(/heap out of memory/) };
    expect(failed).toMatchObject([full, full]);
    expect(group.kills).toBe(0);
  });
});
