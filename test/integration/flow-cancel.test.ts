/** Cancelling: what runs is stopped for certain, what has finished stays, and nothing new of it is created. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { wantCancelled } from '../../core/store/cancellations.ts';
import { carryOut } from '../../core/store/cancelling.ts';
import { claim } from '../../core/store/claims.ts';
import { Ids } from '../../core/store/ids.ts';
import { reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, program, startEngine } from '../support/engine.ts';
import { until } from '../support/until.ts';

forEachDatabase('cancelling', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const cancel = async (taskId: number, jobId: number, where = engine) => {
    const wish = { taskId, jobId, reason: 'not wanted' };
    await transact(where.database, (trx) => wantCancelled(trx, [wish]));
    return await carryOut(where.database, new Ids(where.database, 100), wish);
  };
  const rootOf = async (jobId: number, where = engine) => {
    const { root_id } = await where.kysely
      .selectFrom('jobs')
      .select('root_id')
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
    return root_id ?? 0;
  };
  const running = (jobId: number, count: number) =>
    until(
      async () =>
        (await engine.view(jobId)).tasks.filter(({ state, kind }) => kind === 'work' && state === 'running')
          .length === count,
      { message: `${count} running tasks` },
    );
  /** Dead processes that nobody waited for do not count. */
  const isAlive = (pid: number) =>
    existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

  test('a job: what waits is cancelled at once, what runs when its processes are gone', async () => {
    const pidFile = engine.outputPath('pid');
    const jobId = await engine.submit({
      task_list: [
        program(['sh', '-c', `trap '' TERM; sleep 300 & echo $! > ${pidFile}; wait; sleep 300`], {
          name: 'stubborn',
          outputs: { o: 'cancel/stubborn' },
        }),
        { task: 'null', duration: 300, name: 'built in' },
        nothing({ name: 'waits', inputs: { a: 'cancel/stubborn' } }),
        nothing({ name: 'done' }),
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2],
          requires_metadata_from: ['waits'],
          task_list: [nothing({ name: 'never' })],
        },
      ],
    });
    await running(jobId, 2);
    await until(async () => (await engine.view(jobId)).named('done')[0]?.state === 'done');
    await until(() => existsSync(pidFile));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(await cancel(await rootOf(jobId), jobId)).toEqual({ cancelled: 1, asked: 2 });
    const job = await engine.end(jobId);
    expect(isAlive(pid)).toBe(false);
    expect(job.state).toBe('cancelled');
    expect(job.states()).toEqual({
      stubborn: 'cancelled',
      'built in': 'cancelled',
      waits: 'cancelled',
      done: 'done',
      loop: 'cancelled',
    });
    await until(
      async () => (await engine.kysely.selectFrom('cancellations').selectAll().execute()).length === 0,
    );
  });

  test('a subtree, and what needs it; the rest of the job goes on', async () => {
    const jobId = await engine.submit({
      task_list: [
        {
          task: 'execution_chain',
          name: 'chain',
          task_list: [{ task: 'null', duration: 300, name: 'long' }, nothing({ name: 'quick' })],
        },
        nothing({ name: 'after', requires_metadata_from: ['chain'] }),
        { task: 'null', duration: 0.5, name: 'beside' },
      ],
    });
    await running(jobId, 2);
    const chain = (await engine.view(jobId)).task('chain').id;
    await cancel(chain, jobId);
    const job = await engine.end(jobId);
    expect(job.states()).toEqual({
      chain: 'cancelled',
      long: 'cancelled',
      quick: 'done',
      after: 'cancelled',
      beside: 'done',
    });
    expect(job.task('after').cause_id).toBe(chain);
    expect(job.state).toBe('cancelled');
  });

  test('a job in which something failed besides has failed', async () => {
    const jobId = await engine.submit({
      task_list: [
        { task: 'null', duration: 300, name: 'long' },
        { task: 'error', name: 'fails', message: 'so' },
      ],
    });
    await running(jobId, 1);
    await until(async () => (await engine.view(jobId)).named('fails')[0]?.state === 'failed');
    await cancel(await rootOf(jobId), jobId);
    expect((await engine.end(jobId)).state).toBe('failed');
  });

  test('a task that waits for its next try is not tried again, nor one that fails while it is cancelled', async () => {
    const jobId = await engine.submit({
      task_list: [{ task: 'error', name: 'fails', message: 'so', retries: 5, retry_delay: 100 }],
    });
    await until(async () => (await engine.view(jobId)).named('fails')[0]?.state === 'waiting');
    await until(async () => (await engine.kysely.selectFrom('timers').selectAll().execute()).length === 1);
    await cancel((await engine.view(jobId)).task('fails').id, jobId);
    expect((await engine.end(jobId)).task('fails')).toMatchObject({ state: 'cancelled', attempts: 1 });
    expect(await engine.kysely.selectFrom('timers').selectAll().execute()).toEqual([]);
  });

  test('a do-while loop makes no further iteration', async () => {
    const jobId = await engine.submit({
      task_list: [
        {
          task: 'execution_do_while_loop',
          name: 'loop',
          iteration_name: 'n',
          repeat_criterion: '(True)',
          task_list: [nothing({ name: 'again' })],
        },
      ],
    });
    await until(async () => (await engine.view(jobId)).named('again').length > 3);
    await cancel((await engine.view(jobId)).task('loop').id, jobId);
    const job = await engine.end(jobId);
    expect(job.task('loop').state).toBe('cancelled');
  });

  test('a loop in the middle of its creation stops, and goes on from there when it is reopened', async () => {
    const slow = await openEngine({ create });
    const scheduler = await slow.createScheduler();
    const jobId = await slow.submit({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          linear_range: [1, 1_500, 1_500],
          task_list: [nothing({ name: 'one' })],
        },
        nothing({ name: 'after', requires_metadata_from: ['loop'] }),
      ],
    });
    for (let step = 0; step < 2; step++) await scheduler.step();
    const created = (await slow.view(jobId)).named('one').length;
    expect(created).toBeGreaterThan(0);
    expect(created).toBeLessThan(1_500);
    await cancel(await rootOf(jobId, slow), jobId, slow);
    const cancelled = await slow.end(jobId);
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.named('one')).toHaveLength(created);
    await transact(slow.database, (trx) => reopen(trx, jobId));
    await scheduler.start();
    await slow.startWorker();
    const job = await slow.end(jobId);
    expect(job.state).toBe('succeeded');
    expect(job.named('one')).toHaveLength(1_500);
    await slow.close();
  });

  test('what has finished first stays finished', async () => {
    const jobId = await engine.submit({ task_list: [nothing({ name: 'quick' })] });
    const job = await engine.end(jobId);
    expect(await cancel(await rootOf(jobId), jobId)).toEqual({ cancelled: 0, asked: 0 });
    expect((await engine.view(jobId)).state).toBe(job.state);
    await until(
      async () => (await engine.kysely.selectFrom('cancellations').selectAll().execute()).length === 0,
    );
    expect(engine.defects()).toEqual([]);
  });

  test('a task whose worker is gone is cancelled when its lease runs out', async () => {
    const other = await openEngine({ create, leaseMs: 2_000 });
    await other.startScheduler();
    const jobId = await other.submit({ task_list: [nothing({ name: 'held' })] });
    await until(async () => {
      const taken = await transact(other.database, (trx) =>
        claim(trx, { workerClass: 'default', workerId: 99, leaseMs: 500, limit: 1 }),
      );
      return taken.length === 1;
    });
    expect(await cancel((await other.view(jobId)).task('held').id, jobId, other)).toEqual({
      cancelled: 0,
      asked: 1,
    });
    expect((await other.end(jobId)).task('held').state).toBe('cancelled');
    await other.close();
  });
});
