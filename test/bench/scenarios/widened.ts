/**
 * Makes a loop of a few iterations as large as asked, by bulk inserts: copies of its first iteration and of the task in
 * it, done, ready in line, or queued. Places may be left free, for an iteration that is to be moved there.
 */
import { insertRows } from '../../../core/db/rows.ts';
import { transact } from '../../../core/db/transaction.ts';
import type { TaskState } from '../../../core/model/states.ts';
import type { Stage } from '../../support/stage.ts';

export interface Widening {
  readonly loopId: number;
  /** Iterations in all. */
  readonly iterations: number;
  readonly free?: readonly number[];
  /** Of the copy's task. */
  stateAt(position: number): 'done' | 'ready' | 'queued';
}

const PER_TRANSACTION = 20_000;

/** Returns the ids of the copied work tasks by position. */
export async function widen(stage: Stage, widening: Widening): Promise<Map<number, number>> {
  const { loopId, iterations, free = [] } = widening;
  const { kysely } = stage.engine;
  const children = kysely.selectFrom('tasks').selectAll().where('parent_id', '=', loopId);
  const [body, ...others] = await children.orderBy('position').execute();
  const work = await kysely
    .selectFrom('tasks')
    .selectAll()
    .where('parent_id', '=', body?.id ?? 0)
    .executeTakeFirstOrThrow();
  if (body === undefined) throw new Error('the loop has no iteration to copy');
  const taken = new Set([body, ...others].map(({ position }) => position).concat(free));
  const positions = Array.from({ length: iterations }, (_, at) => at).filter((at) => !taken.has(at));
  const ids = new Map<number, number>();
  const models = { body, work, stateAt: widening.stateAt, ids };
  for (let start = 0; start < positions.length; start += PER_TRANSACTION)
    await copy(stage, models, positions.slice(start, start + PER_TRANSACTION));
  const open = positions.filter((at) => widening.stateAt(at) !== 'done').length;
  await kysely
    .updateTable('tasks')
    .set((row) => ({ created_children: iterations, open_children: row('open_children', '+', open) }))
    .where('id', '=', loopId)
    .execute();
  return ids;
}

interface Models extends Pick<Widening, 'stateAt'> {
  readonly body: TaskRow;
  readonly work: TaskRow;
  readonly ids: Map<number, number>;
}
type TaskRow = Awaited<ReturnType<typeof readTask>>;
const readTask = (stage: Stage) =>
  stage.engine.kysely.selectFrom('tasks').selectAll().executeTakeFirstOrThrow();

async function copy(stage: Stage, models: Models, positions: readonly number[]): Promise<void> {
  const { body, work, stateAt, ids } = models;
  await transact(stage.engine.database, async (trx) => {
    const nextId = await stage.ids.take(trx, 3 * positions.length);
    const made = positions.map((position) => {
      const [bodyId, workId, attemptId] = [nextId(), nextId(), nextId()];
      ids.set(position, workId);
      return { position, state: stateAt(position), bodyId, workId, attemptId };
    });
    const place = { rank: work.rank, worker_class: work.worker_class ?? '' };
    const bodies = made.map(({ position, state, bodyId }) => {
      const [own, open]: [TaskState, number] = state === 'done' ? ['done', 0] : ['expanded', 1];
      return { ...body, id: bodyId, position, state: own, open_children: open };
    });
    await insertRows(trx, 'tasks', bodies);
    await insertRows(
      trx,
      'tasks',
      made.map(({ state, bodyId, workId }) => {
        const tried = { unmet: 0, attempts: state === 'ready' ? 0 : 1 };
        return { ...work, id: workId, parent_id: bodyId, state, ...tried };
      }),
    );
    const tried = made.filter(({ state }) => state !== 'ready');
    const { job_id } = work;
    const times = { seed: 1, queued_at: 1 };
    await insertRows(
      trx,
      'attempts',
      tried.map(({ state, workId, attemptId }) => {
        const ends =
          state === 'done'
            ? { state: 'succeeded' as const, open_task_id: null, started_at: 1, ended_at: 2 }
            : { state: 'queued' as const, open_task_id: workId, started_at: null, ended_at: null };
        return { id: attemptId, task_id: workId, job_id, number: 1, ...times, ...ends };
      }),
    );
    const queued = made.filter(({ state }) => state === 'queued');
    await insertRows(
      trx,
      'queue_entries',
      queued.map(({ workId, attemptId }) => ({
        ...{ ...place, attempt_id: attemptId, task_id: workId, published_at: 1 },
      })),
    );
    const ready = made.filter(({ state }) => state === 'ready');
    const { worker_class: line, rank } = place;
    const rows = ready.map(({ workId }) => ({ line, job_id, rank, task_id: workId }));
    await insertRows(trx, 'ready_tasks', rows);
  });
}
