/** The output area full, read-only and away under real daemons: said once, nothing lost, and on it goes when it is mended. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDaemons, type Daemons } from '../support/daemons.ts';
import { createSqliteDatabase, type TestDatabase } from '../support/databases.ts';
import type { EaselProcess } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { mayNotMount, SmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 90_000;

describe.skipIf(mayNotMount)('an output area', { timeout: 240_000 }, () => {
  let disk: SmallDisk;
  let database: TestDatabase;
  let site: Daemons;

  beforeEach(async () => {
    disk = new SmallDisk();
    database = await createSqliteDatabase();
    const settings = { output_area: disk.area, min_free_mb: 0.05 };
    const times = { lease_seconds: 6, renew_seconds: 1, drain_seconds: 1, kill_grace_seconds: 1 };
    site = await createDaemons({ databaseUrl: database.url, settings: { ...settings, ...times } });
  });

  afterEach(async () => {
    await site.close();
    await database.drop();
    disk.remove();
  });

  /** Writes its product, says so, and ends when it is let go. */
  const held = (keys: object = {}) => ({
    ...{ task: 'command', shell: true, name: 'held', outputs: { file: 'held.txt' } },
    command: `head -c 50000 /dev/zero > {outputs.file}; echo > '${site.home}/begun'; while ! test -e '${site.home}/go'; do sleep 0.1; done`,
    ...keys,
  });
  const begun = () =>
    until(() => existsSync(join(site.home, 'begun')), {
      timeoutMs: PATIENCE_MS,
      message: 'the task to begin',
    });
  const letGo = () => writeFileSync(join(site.home, 'go'), '');
  /** Of a daemon, in the order in which it told them. */
  const told = ({ stderr }: EaselProcess, name: string): Record<string, string>[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, string>)
      .filter(({ event }) => event === name);
  const errorsOf = async () => {
    const query = site.kysely.selectFrom('attempts').select(['state', 'exit_class', 'error']);
    return await query.where('error', 'is not', null).orderBy('id').execute();
  };
  const after = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      nothing({ inputs: { file: 'held.txt' }, outputs: { file: `after_${at}.txt` } }),
    );

  test('that is full is waited for, its leases kept, and nothing new is claimed', async () => {
    const scheduler = await site.startScheduler();
    const worker = await site.startWorker(2);
    const job = await site.submit({ task_list: [held(), ...after(5)] });
    await begun();
    disk.fill();
    letGo();
    await worker.says('area_unusable', PATIENCE_MS);
    const late = await site.submit({ task_list: [nothing({ outputs: { file: 'late.txt' } })] });
    const leaseMs = 6_000;
    const from = performance.now();
    await until(() => performance.now() - from > leaseMs * 1.5, { timeoutMs: PATIENCE_MS });
    expect((await site.view(job)).states().held).toBe('running');
    expect(await site.done(late)).toBe(0);
    disk.free();
    expect((await site.end(job, PATIENCE_MS)).state).toBe('succeeded');
    expect((await site.view(job)).task('held').attempts).toBe(1);
    expect((await site.end(late, PATIENCE_MS)).state).toBe('succeeded');
    await worker.says('area_usable', PATIENCE_MS);
    const [first, ...more] = told(worker, 'area_unusable');
    expect(first).toMatchObject({ area: disk.area, wrong: 'is full (0 bytes free)' });
    expect(first?.advice).toMatch(/free some room/);
    expect(more).toEqual([]);
    expect([...told(worker, 'defect'), ...told(scheduler, 'defect')]).toEqual([]);
    expect(told(scheduler, 'attempts_lost')).toEqual([]);
  });

  test('that a task has filled up fails the task, saying so, and is free again', async () => {
    await site.startScheduler();
    const worker = await site.startWorker(2);
    const glutton = {
      ...{ task: 'command', command: ['sh', '-c', 'head -c 100000000 /dev/zero > "$0"', '{outputs.file}'] },
      outputs: { file: 'all' },
    };
    const job = await site.end(
      await site.submit({ task_list: [{ ...glutton, name: 'glutton' }] }),
      PATIENCE_MS,
    );
    expect(job.state).toBe('failed');
    expect(job.task('glutton').reason).toMatch(/No space left on device/);
    expect(job.task('glutton').reason).toMatch(/the disk of the output area is full \(0 bytes free\)/);
    const next = await site.end(
      await site.submit({ task_list: [nothing({ outputs: { file: 'next' } })] }),
      PATIENCE_MS,
    );
    expect(next.state).toBe('succeeded');
    expect(told(worker, 'defect')).toEqual([]);
  });

  test('that turns read-only fails no task: it runs again when it can', async () => {
    await site.startScheduler();
    const worker = await site.startWorker(2);
    const job = await site.submit({ task_list: [held(), ...after(3)] });
    await begun();
    await disk.makeReadOnly();
    letGo();
    await worker.says('area_unusable', PATIENCE_MS);
    await until(async () => /ready|queued/.test((await site.view(job)).states().held ?? ''), {
      timeoutMs: PATIENCE_MS,
      message: 'the task to be given back',
    });
    disk.makeWritable();
    const ended = await site.end(job, PATIENCE_MS);
    expect(ended.state).toBe('succeeded');
    const errors = await errorsOf(); // the worker may have been about to claim it once more
    expect(errors.map(({ state }) => state)).toEqual(errors.map(() => 'cancelled'));
    expect(errors[0]?.error).toMatch(/output area/);
    expect(ended.task('held').attempts).toBe(errors.length + 1);
    expect(told(worker, 'area_unusable')).toMatchObject([{ wrong: 'is read-only' }]);
    expect(told(worker, 'area_usable')).toHaveLength(1);
    expect(told(worker, 'defect')).toEqual([]);
  });

  test('that is unmounted is waited for, and nothing is written below its mount point', async () => {
    const scheduler = await site.startScheduler();
    const worker = await site.startWorker(2);
    const job = await site.submit({ task_list: [held(), ...after(3)] });
    await begun();
    disk.detach();
    letGo();
    await worker.says('area_unusable', PATIENCE_MS);
    const late = await site.submit({ task_list: [nothing({ outputs: { file: 'a/b/late.txt' } })] });
    await until(() => told(worker, 'area_unusable').length > 0);
    expect(disk.below).toEqual([]);
    disk.attach();
    expect((await site.end(job, PATIENCE_MS)).state).toBe('succeeded');
    expect((await site.end(late, PATIENCE_MS)).state).toBe('succeeded');
    expect(told(worker, 'area_unusable')).toMatchObject([{ wrong: 'is away' }]);
    expect([...told(worker, 'defect'), ...told(scheduler, 'defect')]).toEqual([]);
  });

  test('that is away when a worker starts is waited for, and a stop ends the waiting well', async () => {
    await site.startScheduler();
    const worker = await site.startWorker(1);
    const first = await site.submit({ task_list: [nothing({ outputs: { file: 'first.txt' } })] });
    await site.end(first, PATIENCE_MS);
    await worker.stop();
    disk.detach();
    const waiting = site.spawn(['work', '--slots', '1']);
    await waiting.says('area_unusable', PATIENCE_MS);
    expect(told(waiting, 'area_unusable')[0]?.reason).toMatch(/is its disk mounted\?/);
    expect(disk.below).toEqual([]);
    expect(await waiting.stop()).toMatchObject({ code: 0 });
    const patient = site.spawn(['work', '--slots', '1']);
    await patient.says('area_unusable', PATIENCE_MS);
    disk.attach();
    await patient.says('worker_started', PATIENCE_MS);
    const second = await site.submit({
      task_list: [nothing({ inputs: { f: 'first.txt' }, outputs: { file: 'second' } })],
    });
    expect((await site.end(second, PATIENCE_MS)).state).toBe('succeeded');
  });
});
