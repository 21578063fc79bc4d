/**
 * What somebody wants cancelled: a row for the task that was named, until it has ended, and one for each task below it
 * that runs, naming the worker that is to end it. A task that has such a row is not tried again.
 */
import { forIds, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { ENDED } from '../model/states.ts';
import { readNow } from './clock.ts';

export interface NewCancellation {
  readonly taskId: number;
  readonly jobId: number;
  readonly reason: string;
  /** Of a task that runs. */
  readonly attemptId?: number;
  readonly workerId?: number;
}

/** A task that is wanted cancelled already keeps its row, but for the attempt that runs now. */
export async function wantCancelled(trx: Transaction, wishes: readonly NewCancellation[]): Promise<void> {
  if (wishes.length === 0) return;
  const now = await readNow(trx);
  const ids = wishes.map(({ taskId }) => taskId);
  await forIds(ids, (part) => trx.kysely.deleteFrom('cancellations').where('task_id', 'in', part).execute());
  await insertRows(
    trx,
    'cancellations',
    wishes.map(({ taskId, jobId, reason, attemptId, workerId }) => ({
      ...{ task_id: taskId, job_id: jobId, reason, requested_at: now },
      ...{ attempt_id: attemptId ?? null, worker_id: workerId ?? null },
    })),
  );
}

/** Of these tasks, those that are wanted cancelled, with the reason. */
export async function cancellationsOf(
  { kysely }: Reader,
  taskIds: readonly number[],
): Promise<Map<number, string>> {
  const rows = await forIds(taskIds, (part) =>
    kysely.selectFrom('cancellations').select(['task_id', 'reason']).where('task_id', 'in', part).execute(),
  );
  return new Map(rows.map(({ task_id, reason }) => [task_id, reason]));
}

/** Attempts that this worker is to end. */
export async function attemptsToEnd({ kysely }: Reader, workerId: number): Promise<number[]> {
  const rows = await kysely
    .selectFrom('cancellations')
    .select('attempt_id')
    .where('worker_id', '=', workerId)
    .execute();
  return rows.flatMap(({ attempt_id }) => attempt_id ?? []);
}

/** The tasks that were named, with all below them: those that have not ended. */
export async function namedCancellations({ kysely }: Reader) {
  return await kysely
    .selectFrom('cancellations')
    .innerJoin('tasks', 'tasks.id', 'cancellations.task_id')
    .select(['cancellations.task_id', 'cancellations.job_id', 'cancellations.reason'])
    .where('cancellations.worker_id', 'is', null)
    .where('tasks.state', 'not in', ENDED)
    .orderBy('cancellations.task_id')
    .execute();
}

/** Wishes that have come true; returns how many. */
export async function forgetCancelled(trx: Transaction, limit: number): Promise<number> {
  const rows = await trx.kysely
    .selectFrom('cancellations')
    .innerJoin('tasks', 'tasks.id', 'cancellations.task_id')
    .select('cancellations.task_id')
    .where('tasks.state', 'in', ENDED)
    .limit(limit)
    .execute();
  const ids = rows.map(({ task_id }) => task_id);
  await forIds(ids, (part) => trx.kysely.deleteFrom('cancellations').where('task_id', 'in', part).execute());
  return rows.length;
}

/** Whether the task, or one above it, is wanted cancelled. */
export async function isWantedCancelled(
  reader: Reader,
  task: { readonly id: number; readonly job_id: number; readonly parent_id: number | null },
): Promise<boolean> {
  const rows = await reader.kysely
    .selectFrom('cancellations')
    .select('task_id')
    .where('job_id', '=', task.job_id)
    .where('worker_id', 'is', null)
    .execute();
  const named = new Set(rows.map(({ task_id }) => task_id));
  if (named.size === 0) return false;
  for (let at: { id: number; parent_id: number | null } | undefined = task; at !== undefined; ) {
    if (named.has(at.id)) return true;
    at =
      at.parent_id === null
        ? undefined
        : await reader.kysely
            .selectFrom('tasks')
            .select(['id', 'parent_id'])
            .where('id', '=', at.parent_id)
            .executeTakeFirst();
  }
  return false;
}
