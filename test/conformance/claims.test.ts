/** Claiming, committing and losing attempts: every attempt is one worker's or nobody's, and its outcome is stored once. */

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { SqlQueue } from '../../core/queue/sql-queue.ts';
import { OutputArea } from '../../core/runtime/output-area.ts';
import { type ClaimedTask, claim, markBegun, renewLeases, selectEntries } from '../../core/store/claims.ts';
import { commitAttempts } from '../../core/store/completions.ts';
import { Ids } from '../../core/store/ids.ts';
import type { Completion } from '../../core/store/outcomes.ts';
import { findLost, giveBack, reapLost } from '../../core/store/returns.ts';
import { Committer } from '../../worker/committer.ts';
import { Storage } from '../../worker/storage.ts';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { checkCounts } from '../support/invariants.ts';

forEachDatabase('attempts', ({ create, kind }) => {
  let database: TestDatabase;
  let engine: Engine;
  let other: Database;
  let ids: Ids;
  beforeAll(async () => {
    database = await create();
    engine = await openEngine({ databaseUrl: database.url });
    other = kind === 'sqlite' ? engine.database : await openDatabase(database.url);
    ids = new Ids(engine.database, 100);
  });
  afterAll(async () => {
    if (other !== engine.database) await other.close();
    await engine.close();
    await database.drop();
  });

  /** A job whose tasks wait in the queue. */
  async function queue(count: number, task: object = nothing({ name: 'one' })): Promise<number> {
    const scheduler = await engine.createScheduler();
    const jobId = await engine.submit({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          linear_range: [1, count, count],
          task_list: [task],
        },
        nothing({ name: 'after', requires_metadata_from: ['loop'] }),
      ],
    });
    for (let step = 0; step < 3; step++) await scheduler.step();
    return jobId;
  }

  const take = (workerId: number, limit: number, leaseMs = 60_000, from: Database = engine.database) =>
    transact(from, (trx) => claim(trx, { workerClass: 'default', workerId, leaseMs, limit }));

  const outcome = (task: ClaimedTask, succeeded = true): Completion => ({
    ...{
      task,
      succeeded,
      exitClass: succeeded ? undefined : 'error',
      exitCode: undefined,
      exitSignal: undefined,
    },
    ...{
      error: succeeded ? undefined : 'no',
      allowance: succeeded ? undefined : ({ retries: 0, classes: ['error'], delaySeconds: 0 } as const),
      metadata: '{"a":1}',
      versions: [],
      wallMs: 1,
      cpuMs: 1,
      peakMemoryBytes: 1,
    },
  });

  const commit = (completions: Completion[], workerId: number) =>
    transact(engine.database, (trx) => commitAttempts(trx, completions, { workerId, ids }));

  test('an outcome that cannot be stored keeps no other from being stored', async () => {
    await queue(2);
    const [good, bad] = await take(901, 2);
    if (good === undefined || bad === undefined) throw new Error('nothing was claimed');
    const events: string[] = [];
    const committer = new Committer({
      ...{
        database: engine.database,
        queue: new SqlQueue(),
        ids,
        workerId: 901,
        area: new OutputArea(engine.installation.areas, (name) => events.push(name)),
        signal: new AbortController().signal,
      },
      ...{ storage: new Storage(engine.installation.areas), emit: (name) => events.push(name) },
      ...{ before: () => Promise.resolve(), after: () => undefined },
    });
    const stored = [outcome(good), { ...outcome(bad), wallMs: Number.NaN }].map((each) =>
      committer.commit(each),
    );
    expect(await Promise.all(stored)).toEqual([true, false]);
    expect(events).toEqual(['defect']);
    await committer.settle();
    expect(await transact(engine.database, (trx) => giveBack(trx, [bad], { workerId: 901, ids }))).toBe(1);
    await engine.database.kysely.deleteFrom('ready_tasks').where('task_id', '=', bad.id).execute();
  });

  test('an error of any length and script is stored', async () => {
    await queue(1);
    const [task] = await take(902, 1);
    if (task === undefined) throw new Error('nothing was claimed');
    const failed = { ...outcome(task, false), error: '界'.repeat(70_000) };
    expect((await commit([failed], 902)).lost).toEqual([]);
  });

  const reap = async (retries: number) => {
    const found = await findLost(reading(engine.database), 100);
    const allowance = { retries, classes: ['lost'], delaySeconds: 0 } as const;
    const allowances = new Map(found.map(({ id }) => [id, allowance]));
    return found.length === 0
      ? { lost: 0, parked: 0 }
      : await transact(engine.database, (trx) => reapLost(trx, allowances, ids));
  };

  const stateOf = async (id: number) =>
    await engine.kysely
      .selectFrom('tasks')
      .select(['state', 'reason'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

  async function everything(): Promise<unknown> {
    const { kysely } = engine;
    const tables = [
      'tasks',
      'attempts',
      'versions',
      'output_metadata',
      'usages',
      'failures',
      'publications',
      'ready_tasks',
    ] as const;
    const rows = await Promise.all(tables.map((table) => kysely.selectFrom(table).selectAll().execute()));
    const deltas = await kysely.selectFrom('count_deltas').selectAll().execute();
    return { rows, deltas };
  }

  async function emptyQueue(): Promise<void> {
    for (let taken = await take(999, 500); taken.length > 0; taken = await take(999, 500)) {
      await commit(
        taken.map((task) => outcome(task)),
        999,
      );
    }
  }

  test('two workers that claim at once never get the same attempt', async () => {
    const scheduler = await engine.createScheduler();
    const jobId = await queue(500);
    const claimed = new Map<number, number>();
    let dispatched = 1;
    while (dispatched > 0 || claimed.size < 500) {
      const rounds = await Promise.all(
        [1, 2, 3, 4].map((worker) => take(worker, 7, 60_000, worker % 2 === 0 ? other : engine.database)),
      );
      for (const task of rounds.flat()) {
        expect(claimed.has(task.attempt_id)).toBe(false);
        claimed.set(task.attempt_id, task.id);
      }
      dispatched = rounds.flat().length === 0 ? await scheduler.step() : 1;
    }
    expect(new Set(claimed.values()).size).toBe(500);
    const running = await engine.kysely
      .selectFrom('attempts')
      .select(['id', 'worker_id'])
      .where('job_id', '=', jobId)
      .where('state', '=', 'running')
      .execute();
    expect(running).toHaveLength(500);
    await checkCounts(engine.installation, jobId);
    for (const worker of [1, 2, 3, 4]) {
      const own = new Set(running.filter(({ worker_id }) => worker_id === worker).map(({ id }) => id));
      const tasks = [...claimed]
        .filter(([attempt]) => own.has(attempt))
        .map(([attempt, id]) => ({ attempt_id: attempt, id }));
      expect(await transact(engine.database, (trx) => giveBack(trx, tasks, { workerId: worker, ids }))).toBe(
        tasks.length,
      );
    }
    await checkCounts(engine.installation, jobId);
    const states = await engine.kysely
      .selectFrom('tasks')
      .select('state')
      .distinct()
      .where('job_id', '=', jobId)
      .where('kind', '=', 'work')
      .execute();
    expect(states.map(({ state }) => state).sort()).toEqual(['ready', 'waiting']);
    while ((await scheduler.step()) > 0) await emptyQueue();
    await emptyQueue();
  });

  test('the claim reads along the primary key and sorts nothing', async () => {
    await queue(30);
    const compiled = selectEntries(engine.database, 'default')
      .limit(10)
      .modifyEnd(engine.database.dialect.skipLocked)
      .compile();
    if (kind === 'sqlite') {
      const { rows } = await sql<{
        detail: string;
      }>`explain query plan ${sql.raw(compiled.sql.replace('?', "'default'").replace('?', '10'))}`.execute(
        engine.kysely,
      );
      expect(rows.map(({ detail }) => detail).join('\n')).toMatch(/SEARCH queue_entries USING PRIMARY KEY/);
      expect(rows.map(({ detail }) => detail).join('\n')).not.toMatch(/TEMP B-TREE/);
    } else {
      const { rows } = await sql<{
        key: string;
        Extra: string;
      }>`explain ${sql.raw(compiled.sql.replace('?', "'default'").replace('?', '10'))}`.execute(
        engine.kysely,
      );
      expect(rows.map(({ key }) => key)).toEqual(['PRIMARY']);
      expect(rows.map(({ Extra }) => Extra).join()).not.toMatch(/filesort|temporary/);
    }
    await emptyQueue();
  });

  test('a worker that lost its attempt stores nothing at all', async () => {
    await queue(2);
    const [task, second] = await take(1, 2);
    if (task === undefined || second === undefined) throw new Error('nothing was claimed');
    const version = {
      product_id: 1,
      address: 'x',
      passed: true,
      reason: undefined,
      size: 1,
      sha256: '0'.repeat(64),
      file: 'x',
      metadata: '{}',
    };
    for (const succeeded of [true, false]) {
      const before = await everything();
      const { lost, dispatched, publications } = await commit(
        [{ ...outcome(task, succeeded), versions: [version] }],
        2,
      );
      expect({ lost, dispatched, publications }).toEqual({
        lost: [task.attempt_id],
        dispatched: [],
        publications: [],
      });
      expect(await everything()).toEqual(before);
    }
    const mixed = await transact(engine.database, (trx) => giveBack(trx, [task], { workerId: 1, ids })).then(
      () => commit([outcome(task), outcome(second)], 1),
    );
    expect(mixed.lost).toEqual([task.attempt_id]);
    expect((await stateOf(task.id)).state).toBe('ready');
    expect((await stateOf(second.id)).state).toBe('done');
    await emptyQueue();
  });

  test('a lease that is renewed holds; one that has run out is lost, and the task is tried again', async () => {
    const scheduler = await engine.createScheduler();
    const jobId = await queue(1);
    const claimNext = async (workerId: number, leaseMs: number): Promise<ClaimedTask> => {
      for (let step = 0; step < 5; step++) {
        const [task] = await take(workerId, 1, leaseMs);
        if (task !== undefined) return task;
        await scheduler.step();
      }
      throw new Error('nothing to claim');
    };
    while ((await take(998, 100)).length > 0) await scheduler.step();
    await engine.kysely
      .updateTable('attempts')
      .set({ lease_until: null })
      .where('worker_id', '=', 998)
      .where('job_id', '!=', jobId)
      .execute();
    await engine.kysely
      .updateTable('attempts')
      .set({ lease_until: 1 })
      .where('worker_id', '=', 998)
      .where('job_id', '=', jobId)
      .execute();
    expect(await reap(5)).toEqual({ lost: 1, parked: 0 });
    const first = await claimNext(1, 60_000);
    expect(first.number).toBe(2);
    const renewal = (workerId: number) =>
      transact(engine.database, (trx) => renewLeases(trx, [first.attempt_id], { workerId, leaseMs: 60_000 }));
    expect(await renewal(1)).toEqual(new Set([first.attempt_id]));
    expect(await renewal(2)).toEqual(new Set());
    expect(await reap(5)).toEqual({ lost: 0, parked: 0 });
    await engine.kysely
      .updateTable('attempts')
      .set({ lease_until: 1 })
      .where('id', '=', first.attempt_id)
      .execute();
    expect(first.losses).toBe(1);
    expect(await reap(1)).toEqual({ lost: 1, parked: 0 }); // it had not begun: not its fault
    expect(await renewal(1)).toEqual(new Set());
    expect((await commit([outcome(first)], 1)).lost).toEqual([first.attempt_id]);
    const third = await claimNext(3, -1);
    await markBegun(reading(engine.database), third.attempt_id);
    expect(await reap(1)).toEqual({ lost: 1, parked: 1 });
    expect(await stateOf(third.id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('lost more often than 1 times'),
    });
    expect((await engine.view(jobId)).state).toBe('failed');
    expect((await engine.view(jobId)).task('after').state).toBe('blocked');
    await checkCounts(engine.installation, jobId);
  });

  test.each([true, false])(
    'an outcome that is stored twice is stored once, and not lost (%s)',
    async (good) => {
      await queue(2);
      const [task, second] = await take(1, 2);
      if (task === undefined || second === undefined) throw new Error('nothing was claimed');
      expect((await commit([outcome(task, good)], 1)).lost).toEqual([]);
      const before = await stateOf(task.id);
      expect((await commit([outcome(task, good), outcome(second, good)], 1)).lost).toEqual([]);
      expect(await stateOf(task.id)).toEqual(before);
      expect((await stateOf(second.id)).state).toBe(good ? 'done' : 'failed');
      expect((await commit([outcome(task, !good)], 1)).lost).toEqual([task.attempt_id]);
    },
  );

  test('an outcome that was stored first wins over the reaper', async () => {
    const jobId = await queue(1);
    const task = (await take(1, 100, -1)).find(({ job_id }) => job_id === jobId);
    if (task === undefined) throw new Error('nothing was claimed');
    expect((await commit([outcome(task)], 1)).lost).toEqual([]);
    await reap(3);
    expect((await stateOf(task.id)).state).toBe('done');
  });
});
