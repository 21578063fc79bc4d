/**
 * Dispatch: a ready task gets an attempt and a row in the queue table, in one transaction. The row is the truth about
 * what waits for a worker; whatever a broker carries besides is a hint that names it.
 */
import { randomInt } from 'node:crypto';
import { insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { readNow } from './clock.ts';
import type { CountChanges } from './counts.ts';
import type { Ids } from './ids.ts';
import { queueTasks } from './moves.ts';
import type { Pauses } from './pauses.ts';
import { type ReadyTask, standInLine } from './ready.ts';

/** Names one row of the queue table. */
export interface QueueEntry {
  readonly workerClass: string;
  readonly rank: number;
  readonly attemptId: number;
}

/** Seeds of attempts are drawn below this. */
export const SEEDS = 2 ** 32;

/** The tasks are `ready` and locked by this transaction. */
export async function dispatch(
  trx: Transaction,
  tasks: readonly ReadyTask[],
  { ids, counts }: { ids: Ids; counts: CountChanges },
): Promise<QueueEntry[]> {
  if (tasks.length === 0) return [];
  const nextId = await ids.take(trx, tasks.length);
  await queueTasks(
    trx,
    tasks.map(({ id }) => id).sort((a, b) => a - b),
  );
  const attempts = tasks.map((task) => ({ task, id: nextId() }));
  const now = await readNow(trx);
  await insertRows(
    trx,
    'attempts',
    attempts.map(({ task, id }) => ({
      id,
      task_id: task.id,
      job_id: task.job_id,
      number: task.attempts + 1,
      state: 'queued' as const,
      open_task_id: task.id,
      seed: randomInt(SEEDS),
      queued_at: now,
    })),
  );
  const entries = attempts.map(({ task, id }) => ({
    worker_class: task.worker_class ?? '',
    rank: task.rank,
    attempt_id: id,
    task_id: task.id,
    published_at: now,
  }));
  await insertRows(trx, 'queue_entries', entries);
  for (const { task } of attempts) counts.moved(task, 'ready', 'queued');
  return entries.map((entry) => ({
    workerClass: entry.worker_class,
    rank: entry.rank,
    attemptId: entry.attempt_id,
  }));
}

export interface Placing {
  readonly direct: number;
  /** What they hold back stands in line, whatever `direct` says. */
  readonly pauses?: Pauses;
  readonly ids: Ids;
  readonly counts: CountChanges;
}

/** Of the tasks just released, `direct` go to the queue at once and the rest stand in line for the scheduler. */
export async function placeReady(
  trx: Transaction,
  ready: readonly ReadyTask[],
  { direct, pauses, ids, counts }: Placing,
): Promise<QueueEntry[]> {
  const work = ready
    .filter((task) => task.worker_class !== null && pauses?.holds(task) !== true)
    .slice(0, direct);
  const chosen = new Set(work);
  await standInLine(
    trx,
    ready.filter((task) => !chosen.has(task)),
  );
  return await dispatch(trx, work, { ids, counts });
}
