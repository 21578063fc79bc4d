/** Whose turn it is: jobs first, tasks second, better ranks first; what is queued never keeps a better rank waiting. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Scheduler } from '../../controller/scheduler.ts';
import { Turns } from '../../controller/turns.ts';
import { insertRows } from '../../core/db/rows.ts';
import { reading } from '../../core/db/transaction.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { HandWorker } from '../support/hand-worker.ts';

forEachDatabase('fairness', ({ create }) => {
  let engine: Engine;
  let scheduler: Scheduler;
  let worker: HandWorker;
  beforeEach(async () => {
    engine = await openEngine({ create });
    scheduler = await engine.createScheduler();
    worker = new HandWorker(engine.database, 901);
  });
  afterEach(() => engine.close());

  const loop = (count: number, keys: object = {}) => ({
    task_list: [
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i', linear_range: [1, count, count] },
        ...{ task_list: [nothing({ name: 'one', ...keys })] },
      },
    ],
  });
  const steps = async (count: number) => {
    for (let step = 0; step < count; step++) await scheduler.step();
  };
  const queuedOf = async (jobId: number) =>
    (await engine.view(jobId)).named('one').filter(({ state }) => state === 'queued').length;

  /** Jobs that stand in line, each with some tasks of a rank. */
  const standing = async (jobs: readonly (readonly [jobId: number, rank: number])[]) => {
    const rows = jobs.map(([job_id, rank]) => ({ line: 'some', job_id, rank, task_id: job_id }));
    await insertRows(reading(engine.database), 'ready_tasks', rows);
  };

  test('of many jobs each has its turn, whoever is served how often', async () => {
    await standing(Array.from({ length: 130 }, (_, at) => [at + 1, 0]));
    const turns = new Turns('some');
    const served = new Map<number, number>();
    for (let look = 0; look < 22; look++) {
      const jobs = await turns.look(reading(engine.database), () => false);
      for (const job of jobs.slice(0, (look % 4) * 4)) {
        turns.served(job);
        served.set(job.jobId, (served.get(job.jobId) ?? 0) + 1);
      }
    }
    expect([...served.values()].reduce((sum, each) => sum + each, 0)).toBe(124);
    expect(Math.max(...served.values())).toBe(1);
  });

  test('a job of a better rank is found among many in a few looks, and goes first', async () => {
    await standing(Array.from({ length: 230 }, (_, at) => [at + 1, at === 190 ? -5 : 0]));
    const turns = new Turns('some');
    const firsts: number[] = [];
    for (let look = 0; look < 6; look++) {
      const [first] = await turns.look(reading(engine.database), () => false);
      firsts.push(first?.jobId ?? 0);
    }
    expect(firsts).toContain(191);
  });

  test('jobs of one rank share the room of the queue alike', async () => {
    const first = await engine.submit(loop(100));
    const second = await engine.submit(loop(100));
    await steps(6);
    await worker.claim(500);
    await steps(1);
    const [one, two] = [await queuedOf(first), await queuedOf(second)];
    expect(one).toBeGreaterThanOrEqual(16);
    expect(Math.abs(one - two)).toBeLessThanOrEqual(2);
  });

  test('a queue full of low ranks keeps no higher priority waiting', async () => {
    const low = await engine.submit(loop(200));
    await steps(4);
    const before = await queuedOf(low);
    expect(before).toBeGreaterThanOrEqual(32);
    const high = await engine.submit({ ...loop(20), priority: 7 });
    await steps(4);
    expect(await queuedOf(high)).toBe(20);
    expect(await queuedOf(low)).toBe(before);
    const claimed = await worker.claim(20);
    expect(new Set(claimed.map(({ job_id }) => job_id))).toEqual(new Set([high]));
  });

  test('a job lends its rank only to those of its tasks that have it', async () => {
    const mixed = await engine.submit({
      task_list: [...loop(200).task_list, nothing({ name: 'urgent', priority: 3 })],
    });
    await steps(4);
    const states = (await engine.view(mixed)).states();
    expect(states.urgent).toBe('queued');
    expect(await queuedOf(mixed)).toBeLessThanOrEqual(32);
  });

  test('within a job the order of starts is that of the priorities', async () => {
    const jobId = await engine.submit({
      task_list: Array.from({ length: 90 }, (_, at) => nothing({ name: `p${at % 9}`, priority: at % 9 })),
    });
    await steps(3);
    const priorities: number[] = [];
    for (;;) {
      const [task] = await worker.claim(1);
      if (task === undefined) break;
      await worker.commit([task]);
      await scheduler.step();
      const name = (await engine.view(jobId)).tasks.find(({ id }) => id === task.id)?.name;
      priorities.push(Number(name?.slice(1)));
    }
    expect(priorities).toHaveLength(90);
    expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
  });

  test('many jobs with much to expand keep none from being expanded', async () => {
    const jobs: number[] = [];
    for (let at = 0; at < 55; at++) jobs.push(await engine.submit(loop(3_000)));
    const last = await engine.submit({ ...loop(2), priority: 1 });
    await scheduler.step();
    await scheduler.step();
    await scheduler.step();
    expect(await queuedOf(last)).toBe(2);
  });

  test('hints come in the order of dispatch, claims in the order of ranks, and nothing is left behind', async () => {
    const low = await engine.submit(loop(10));
    await steps(4);
    const high = await engine.submit({ ...loop(4), priority: 2 });
    await steps(4);
    const rows = await engine.kysely.selectFrom('queue_entries').selectAll().execute();
    const hints = rows
      .sort((a, b) => b.rank - a.rank)
      .map(({ worker_class, rank, attempt_id }) => ({
        ...{ workerClass: worker_class, rank, attemptId: attempt_id },
      }));
    const claimed = [];
    for (let at = 0; at < hints.length; at += 2) {
      const tasks = await worker.claim(2, hints.slice(at, at + 2));
      expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
      claimed.push(...tasks);
      await engine.kysely.updateTable('queue_entries').set({ published_at: 1 }).execute();
    }
    expect(claimed.slice(0, 4).map(({ job_id }) => job_id)).toEqual([high, high, high, high]);
    expect(claimed.slice(4).map(({ job_id }) => job_id)).toEqual(Array.from({ length: 10 }, () => low));
  });
});
