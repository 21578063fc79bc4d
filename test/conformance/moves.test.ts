/** Every move is guarded by the state that it moves from, and the table of legal moves says what the moves do. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Transaction, transact } from '../../core/db/transaction.ts';
import { JOB_STATES, TASK_MOVES, TASK_STATES, type TaskState } from '../../core/model/states.ts';
import * as moves from '../../core/store/moves.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';

interface Move {
  readonly name: string;
  readonly from: TaskState;
  readonly to: TaskState;
  readonly make: (trx: Transaction, ids: readonly number[]) => Promise<void>;
}

const badly = (from: TaskState, to: 'failed' | 'blocked' | 'cancelled'): Move => ({
  name: 'endTasksBadly',
  from,
  to,
  make: (trx, ids) => moves.endTasksBadly(trx, ids, { from, to }),
});
const again = (from: TaskState, to: 'waiting' | 'ready' | 'expanded'): Move => ({
  name: 'reopenTasks',
  from,
  to,
  make: (trx, ids) => moves.reopenTasks(trx, ids, { from, to, unmet: 0 }),
});

const resolveTo = (trx: Transaction, [id = 0]: readonly number[], to: TaskState) =>
  moves.resolveTask(trx, {
    id,
    to,
    type: 'null',
    workerClass: 'default',
    scopeId: 1,
    unmet: 0,
    causeId: null,
    reason: null,
  });

const MOVES: readonly Move[] = [
  { name: 'releaseTasks', from: 'waiting', to: 'ready', make: (trx, ids) => moves.releaseTasks(trx, ids, 0) },
  { name: 'queueTasks', from: 'ready', to: 'queued', make: moves.queueTasks },
  { name: 'startTasks', from: 'queued', to: 'running', make: moves.startTasks },
  { name: 'finishTasks', from: 'running', to: 'done', make: moves.finishTasks },
  { name: 'returnTasks', from: 'running', to: 'ready', make: (trx, ids) => moves.returnTasks(trx, ids) },
  {
    name: 'returnTasks',
    from: 'queued',
    to: 'ready',
    make: (trx, ids) => moves.returnTasks(trx, ids, 'queued'),
  },
  ...(['queued', 'running'] as const).map(
    (from): Move => ({
      name: 'postponeTasks',
      from,
      to: 'waiting',
      make: (trx, ids) => moves.postponeTasks(trx, ids, { from }),
    }),
  ),
  { name: 'expandTasks', from: 'ready', to: 'expanded', make: moves.expandTasks },
  { name: 'revisitTasks', from: 'expanded', to: 'ready', make: moves.revisitTasks },
  { name: 'resolveTask', from: 'ready', to: 'waiting', make: (trx, ids) => resolveTo(trx, ids, 'waiting') },
  { name: 'closeTasks', from: 'expanded', to: 'done', make: (trx, ids) => moves.closeTasks(trx, ids) },
  { name: 'closeTasks', from: 'ready', to: 'done', make: (trx, ids) => moves.closeTasks(trx, ids, 'ready') },
  ...(['waiting', 'ready'] as const).flatMap((from) =>
    (['failed', 'blocked', 'cancelled'] as const).map((to) => badly(from, to)),
  ),
  ...(['running', 'expanded'] as const).flatMap((from) =>
    (['failed', 'cancelled'] as const).map((to) => badly(from, to)),
  ),
  badly('queued', 'failed'),
  badly('queued', 'cancelled'),
  ...(['done', 'failed', 'blocked', 'cancelled'] as const).flatMap((from) =>
    (['waiting', 'ready', 'expanded'] as const).map((to) => again(from, to)),
  ),
];

forEachDatabase('moves', ({ create }) => {
  let engine: Engine;
  let taskId: number;
  let jobId: number;
  beforeAll(async () => {
    engine = await openEngine({ create });
    jobId = await engine.submit({ task_list: [nothing()] });
    taskId = (await engine.kysely.selectFrom('tasks').select('id').executeTakeFirstOrThrow()).id;
  });
  afterAll(() => engine.close());

  const set = (state: TaskState) =>
    engine.kysely.updateTable('tasks').set({ state, unmet: 0 }).where('id', '=', taskId).execute();
  const state = async () =>
    (
      await engine.kysely
        .selectFrom('tasks')
        .select('state')
        .where('id', '=', taskId)
        .executeTakeFirstOrThrow()
    ).state;

  test('the table of legal moves and the functions that make them agree', () => {
    const made = TASK_STATES.map((from) => [
      from,
      [...new Set(MOVES.filter((move) => move.from === from).map(({ to }) => to))].sort(),
    ]);
    const legal = TASK_STATES.map((from) => [from, [...TASK_MOVES[from]].sort()]);
    expect(made).toEqual(legal);
  });

  test.each(MOVES)(
    '$name moves $from to $to, and refuses tasks in any other state',
    async ({ from, to, make }) => {
      for (const other of TASK_STATES) {
        await set(other);
        const moving = transact(engine.database, (trx) => make(trx, [taskId]));
        if (other === from) await moving;
        else await expect(moving).rejects.toThrow(/0 of 1 rows/);
        expect(await state()).toBe(other === from ? to : other);
      }
    },
  );

  test('of several tasks all move or none', async () => {
    await set('ready');
    await expect(
      transact(engine.database, (trx) => moves.expandTasks(trx, [taskId, 987_654])),
    ).rejects.toThrow(/1 of 2 rows/);
    expect(await state()).toBe('ready');
  });

  test('a job ends once', async () => {
    for (const to of JOB_STATES.filter((each) => each !== 'running')) {
      await transact(engine.database, (trx) => moves.endJob(trx, jobId, to));
      await expect(transact(engine.database, (trx) => moves.endJob(trx, jobId, 'failed'))).rejects.toThrow(
        /0 of 1/,
      );
      expect(await engine.jobState(jobId)).toBe(to);
      await transact(engine.database, (trx) => moves.reopenJob(trx, jobId));
    }
  });
});
