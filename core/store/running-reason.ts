/** What runs: with which worker, since when, and whether somebody still answers for it. */
import { type Context, schedulersAlive } from './asking.ts';
import { findAttempt } from './attempt-views.ts';
import type { Cancellation, RunningReason } from './explanation.ts';
import type { TaskView } from './task-views.ts';
import { timeLimitOf } from './time-limits.ts';

export async function runningReason(context: Context, task: TaskView): Promise<RunningReason> {
  const attempt = await findAttempt(context.reader, task.id);
  const now = Number(attempt?.now ?? 0);
  return {
    kind: 'running',
    attempt: attempt?.number ?? task.attempts,
    worker_id: attempt?.worker_id ?? null,
    host: attempt?.host ?? null,
    image: attempt?.image ?? null,
    pid: attempt?.pid ?? null,
    started_at: attempt?.started_at ?? null,
    running_ms: now - (attempt?.started_at ?? now),
    limit: timeLimitOf(context, task, 'run'),
    lease_left_ms: (attempt?.lease_until ?? now) - now,
    schedulers: schedulersAlive(context),
    cancellation: await readCancellation(context, task.id),
  };
}

export async function readCancellation(
  { reader: { kysely, dialect } }: Context,
  taskId: number,
): Promise<Cancellation | null> {
  const row = await kysely
    .selectFrom('cancellations')
    .select(['reason', 'requested_at'])
    .select(dialect.now.as('now'))
    .where('task_id', '=', taskId)
    .executeTakeFirst();
  return row === undefined ? null : { reason: row.reason, requested_ms: Number(row.now) - row.requested_at };
}
