/** Pausing: nothing new of what is paused starts, nothing else is kept waiting, and all of it goes on afterwards. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Scheduler } from '../../controller/scheduler.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { cancelWaiting, countWaitingForWorkers } from '../../core/store/emptying.ts';
import { Ids } from '../../core/store/ids.ts';
import { countConcerned, Pauses, type PauseTarget, pausesOn, readPauses } from '../../core/store/pauses.ts';
import { bringBack, liftPause, recallHeld, setPause } from '../../core/store/pausing.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine, program } from '../support/engine.ts';
import { HandWorker } from '../support/hand-worker.ts';
import { checkCounts, checkInvariants } from '../support/invariants.ts';
import { until } from '../support/until.ts';

const EVERYTHING: PauseTarget = { scope: 'all', name: '' };
const NULLS: PauseTarget = { scope: 'type', name: 'null' };
const job = (id: number): PauseTarget => ({ scope: 'job', name: String(id) });

forEachDatabase('pauses', ({ create }) => {
  let engine: Engine;
  let scheduler: Scheduler;
  let worker: HandWorker;
  beforeEach(async () => {
    engine = await openEngine({ create });
    scheduler = await engine.createScheduler();
    worker = new HandWorker(engine.database, 901);
  });
  afterEach(() => engine.close());

  const loop = (count: number, task: object) => ({
    task: 'execution_for_loop',
    name: 'loop',
    parameter: 'i',
    linear_range: [1, count, count],
    task_list: [task],
  });
  const steps = async (count = 4) => {
    for (let step = 0; step < count; step++) await scheduler.step();
  };
  const submitted = async (...tasks: object[]): Promise<number> => {
    const jobId = await engine.submit({ task_list: tasks });
    await steps();
    return jobId;
  };
  const pause = async (target: PauseTarget): Promise<number> => {
    await transact(engine.database, (trx) => setPause(trx, target, 'tester'));
    return await recallHeld(engine.database, new Pauses([{ ...target, since: 0, person: '' }]));
  };
  const lift = (target: PauseTarget) => transact(engine.database, (trx) => liftPause(trx, target));
  const count = async (table: 'ready_tasks' | 'queue_entries' | 'paused_tasks') =>
    (await engine.kysely.selectFrom(table).selectAll().execute()).length;
  const statesOf = async (jobId: number) => (await engine.view(jobId)).named('one').map((task) => task.state);

  async function finish(jobId: number): Promise<void> {
    await until(
      async () => {
        await scheduler.step();
        await worker.drain();
        return (await engine.jobState(jobId)) === 'succeeded';
      },
      { timeoutMs: 20_000, message: `job ${jobId} to succeed` },
    );
    await checkInvariants(engine.installation, jobId);
  }

  test('what a paused job has in the queue goes back in line, and nothing of it is dispatched', async () => {
    const jobId = await submitted(loop(60, nothing({ name: 'one' })));
    const running = await worker.claim(3);
    expect(await pause(job(jobId))).toBe(29);
    expect(await count('queue_entries')).toBe(0);
    await steps();
    expect(await worker.claim(10)).toEqual([]);
    await checkCounts(engine.installation, jobId);
    expect(await countConcerned(reading(engine.database), job(jobId))).toEqual({
      ...{ ready: 57, queued: 0, running: 3 },
    });
    const recalled = await engine.kysely
      .selectFrom('attempts')
      .select(['state', 'exit_class', 'open_task_id', 'error'])
      .where('state', '=', 'cancelled')
      .execute();
    expect(recalled).toHaveLength(29);
    expect(recalled[0]).toMatchObject({ exit_class: 'cancelled', open_task_id: null });
    expect(recalled[0]?.error).toContain('easel pause');
    await worker.commit(running);
    await steps();
    expect(await count('queue_entries')).toBe(0);
    expect(await lift(job(jobId))).toBe(true);
    await finish(jobId);
  });

  test('a paused job is not expanded, and keeps no other job waiting', async () => {
    const held = await engine.submit({ task_list: [loop(5, nothing({ name: 'one' }))] });
    await pause(job(held));
    const other = await submitted(loop(5, nothing({ name: 'one' })));
    await finish(other);
    expect((await engine.view(held)).named('one')).toEqual([]);
    await lift(job(held));
    await finish(held);
  });

  test('many paused jobs keep no other from its turn', async () => {
    const held: number[] = [];
    for (let at = 0; at < 60; at++) {
      const jobId = await engine.submit({ task_list: [nothing({ name: 'one' })] });
      held.push(jobId);
      await transact(engine.database, (trx) => setPause(trx, job(jobId), 'tester'));
    }
    await finish(await submitted(nothing({ name: 'one' })));
    for (const id of held) expect(await engine.jobState(id)).toBe('running');
  });

  test('ready tasks of a paused type are set aside, and those behind them are dispatched', async () => {
    await pause(NULLS);
    const first = await submitted(
      loop(700, nothing({ name: 'one' })),
      program(['true'], { name: 'two', priority: -1 }),
    );
    const [task, ...more] = await worker.claim(10);
    expect(task?.type).toBe('command');
    expect(more).toEqual([]);
    expect(await count('paused_tasks')).toBe(700);
    expect(await count('ready_tasks')).toBe(0);
    expect(new Set(await statesOf(first))).toEqual(new Set(['ready']));
    await worker.commit(task === undefined ? [] : [task]);
    await lift(NULLS);
    while ((await transact(engine.database, (trx) => bringBack(trx, 'null'))) > 0);
    expect(await count('paused_tasks')).toBe(0);
    await finish(first);
  });

  test('a resume that was cut short is completed by a scheduler', async () => {
    await pause(NULLS);
    const jobId = await submitted(loop(40, nothing({ name: 'one' })));
    expect(await count('paused_tasks')).toBe(40);
    await lift(NULLS);
    await finish(jobId);
  });

  test('while everything is paused, nothing is expanded or dispatched', async () => {
    const queued = await submitted(loop(5, nothing({ name: 'one' })));
    expect(await pause(EVERYTHING)).toBe(5);
    const fresh = await submitted(loop(5, nothing({ name: 'one' })));
    expect((await engine.view(fresh)).named('one')).toEqual([]);
    expect(await worker.claim(10)).toEqual([]);
    await lift(EVERYTHING);
    await finish(queued);
    await finish(fresh);
  });

  test('a commit hands nothing on to the queue that is paused', async () => {
    const jobId = await submitted(
      nothing({ name: 'a' }),
      nothing({ name: 'b', requires_metadata_from: ['a'] }),
      program(['true'], { name: 'c', requires_metadata_from: ['a'] }),
    );
    const [first] = await worker.claim(1);
    if (first === undefined) throw new Error('nothing was claimed');
    await transact(engine.database, (trx) => setPause(trx, NULLS, 'tester'));
    const { dispatched } = await worker.commit([first]);
    expect(dispatched).toHaveLength(1);
    expect((await engine.view(jobId)).states()).toMatchObject({ a: 'done', b: 'ready', c: 'queued' });
    await lift(NULLS);
    await finish(jobId);
  });

  test('what was dispatched at the moment of the pause is taken back by a sweep', async () => {
    const jobId = await submitted(loop(10, nothing({ name: 'one' })));
    await transact(engine.database, (trx) => setPause(trx, job(jobId), 'tester'));
    const sweeping = await engine.createScheduler();
    await sweeping.step();
    expect(await count('queue_entries')).toBe(0);
    await lift(job(jobId));
    await finish(jobId);
  });

  test('of a claim and a recall at once each task has exactly one', async () => {
    const jobId = await submitted(loop(30, nothing({ name: 'one' })));
    const [recalled, ...claimed] = await Promise.all([
      pause(job(jobId)),
      ...Array.from({ length: 10 }, () => worker.claim(2)),
    ]);
    const last = await recallHeld(engine.database, await readPauses(reading(engine.database)));
    expect(claimed.flat().length + recalled + last).toBe(30);
    await checkCounts(engine.installation, jobId);
    await worker.commit(claimed.flat());
    await lift(job(jobId));
    await finish(jobId);
  });

  test('the queue can be emptied of what is paused', async () => {
    await pause(NULLS);
    const jobId = await submitted(loop(20, nothing({ name: 'one' })));
    expect(await countWaitingForWorkers(reading(engine.database), jobId)).toBe(20);
    const ids = new Ids(engine.database, 100);
    const wish = { jobId, reason: 'enough', limit: 500 };
    expect(await transact(engine.database, (trx) => cancelWaiting(trx, ids, wish))).toBe(20);
    expect(await count('paused_tasks')).toBe(0);
    expect(await engine.jobState(jobId)).not.toBe('running');
    await checkInvariants(engine.installation, jobId);
  });

  test('it can be told which pauses hold a task back, and a pause ends with its job', async () => {
    const jobId = await submitted(nothing({ name: 'one' }));
    for (const target of [EVERYTHING, NULLS, job(jobId)]) await pause(target);
    const on = async (id: number, type: string) =>
      (await pausesOn(reading(engine.database), { jobId: id, type })).map(({ scope }) => scope).sort();
    expect(await on(jobId, 'null')).toEqual(['all', 'job', 'type']);
    expect(await on(jobId + 1, 'command')).toEqual(['all']);
    expect(await transact(engine.database, (trx) => setPause(trx, NULLS, 'tester'))).toBe(false);
    const ids = new Ids(engine.database, 100);
    await lift(EVERYTHING);
    await transact(engine.database, (trx) => cancelWaiting(trx, ids, { jobId, reason: 'enough', limit: 9 }));
    await (await engine.createScheduler()).step();
    expect(await on(jobId, 'command')).toEqual([]);
  });
});
