/**
 * How many tasks of a job are in which state, by type, without reading tasks: every move appends what it changed to
 * `count_deltas` in its own transaction (an insert never waits for another), and the scheduler folds those rows into
 * `task_counts` now and then. The truth at any instant is the sum of both.
 */
import { chunks, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { TaskState } from '../model/states.ts';
import { noteThroughput } from './throughput.ts';
import { isOurTurn } from './turn.ts';

export interface Counted {
  readonly job_id: number;
  readonly type: string;
}

/** Collects the moves of one transaction; `write` appends them, one row per job, type and state. */
export class CountChanges {
  readonly #changes = new Map<string, { job_id: number; type: string; state: TaskState; delta: number }>();

  created(task: Counted, state: TaskState): void {
    this.#add(task, state, 1);
  }

  moved(task: Counted, from: TaskState, to: TaskState): void {
    this.#add(task, from, -1);
    this.#add(task, to, 1);
  }

  /** A task whose type became known along with its move. */
  retyped(before: Counted, after: Counted, { from, to }: { from: TaskState; to: TaskState }): void {
    this.#add(before, from, -1);
    this.#add(after, to, 1);
  }

  #add({ job_id, type }: Counted, state: TaskState, delta: number): void {
    const key = `${job_id} ${state} ${type}`;
    const known = this.#changes.get(key);
    if (known === undefined) this.#changes.set(key, { job_id, type, state, delta });
    else known.delta += delta;
  }

  async write(trx: Transaction): Promise<void> {
    await insertRows(
      trx,
      'count_deltas',
      [...this.#changes.values()].filter(({ delta }) => delta !== 0),
    );
    this.#changes.clear();
  }
}

export interface TaskCount extends Counted {
  readonly state: TaskState;
  readonly tasks: number;
}

/** Of one job, or of several. */
export async function readCounts({ kysely }: Reader, jobIds: readonly number[]): Promise<TaskCount[]> {
  if (jobIds.length === 0) return [];
  const folded = kysely
    .selectFrom('task_counts')
    .select(['job_id', 'type', 'state', 'tasks'])
    .where('job_id', 'in', jobIds);
  const recent = kysely
    .selectFrom('count_deltas')
    .select(['job_id', 'type', 'state', 'delta as tasks'])
    .where('job_id', 'in', jobIds);
  const rows = await kysely
    .selectFrom(folded.unionAll(recent).as('counts'))
    .select((row) => ['job_id', 'type', 'state', row.fn.sum<number>('tasks').as('tasks')])
    .groupBy(['job_id', 'type', 'state'])
    .execute();
  return rows.filter(({ tasks }) => tasks > 0);
}

export const FOLD_AT_MOST = 5_000;

/** Folds a batch of deltas into the counts; returns how many. One scheduler at a time: two would add the same new row. */
export async function foldCounts(trx: Transaction): Promise<number> {
  const { kysely, dialect } = trx;
  if (!(await isOurTurn(trx))) return 0;
  const deltas = await kysely
    .selectFrom('count_deltas')
    .selectAll()
    .orderBy('id')
    .limit(FOLD_AT_MOST)
    .modifyEnd(dialect.skipLocked)
    .execute();
  const sums = new Map<string, { job_id: number; type: string; state: TaskState; tasks: number }>();
  for (const { job_id, type, state, delta } of deltas) {
    const key = `${String(job_id).padStart(16)} ${type} ${state}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { job_id, type, state, tasks: delta });
    else known.tasks += delta;
  }
  for (const [, { job_id, type, state, tasks }] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const updated = await kysely
      .updateTable('task_counts')
      .set((row) => ({ tasks: row('tasks', '+', tasks) }))
      .where('job_id', '=', job_id)
      .where('type', '=', type)
      .where('state', '=', state)
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) await insertRows(trx, 'task_counts', [{ job_id, type, state, tasks }]);
  }
  await noteThroughput(trx, deltas);
  const last = deltas.at(-1);
  if (last !== undefined) {
    const ids = deltas.map(({ id }) => id);
    await kysely.deleteFrom('count_deltas').where('id', 'in', ids).execute();
  }
  return deltas.length;
}

/** Of a job that is gone. Deltas that a scheduler is just folding are waited for, or they would come back as counts. */
export async function forgetCounts({ kysely, dialect }: Transaction, jobId: number): Promise<number> {
  const seen = await kysely.selectFrom('count_deltas').select('id').where('job_id', '=', jobId).execute();
  for (const part of chunks(seen, 1_000)) {
    const ids = part.map(({ id }) => id);
    await kysely
      .selectFrom('count_deltas')
      .select('id')
      .where('id', 'in', ids)
      .modifyEnd(dialect.forUpdate)
      .execute();
    await kysely.deleteFrom('count_deltas').where('id', 'in', ids).execute();
  }
  const counts = await kysely.deleteFrom('task_counts').where('job_id', '=', jobId).executeTakeFirst();
  return seen.length + Number(counts.numDeletedRows);
}
