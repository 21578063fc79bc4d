/** How a task ended that did not end well: by its own doing, with what came before, or for the sake of another. */
import type { Context } from './asking.ts';
import { findAttempt, lastTries } from './attempt-views.ts';
import type { FailedReason, Refusal } from './explanation.ts';
import { findTasks, refer, type TaskRef, type TaskView } from './task-views.ts';

const TRIES_SHOWN = 5;
const REFUSALS_SHOWN = 10;

/** A flow task fails for a child's sake (its cause), a work task for its own. */
export async function failedReason(context: Context, task: TaskView): Promise<FailedReason> {
  const attempt = task.attempts > 0 ? await findAttempt(context.reader, task.id) : undefined;
  const tries = attempt === undefined ? [] : await lastTries(context.reader, task.id, TRIES_SHOWN);
  const isRefused = attempt?.exit_class === 'qc';
  return {
    kind: 'failed',
    error: task.reason ?? attempt?.error ?? null,
    attempts: task.attempts,
    tries,
    refused: isRefused ? await readRefusals(context, task.id, attempt.id) : [],
    cause: await referTo(context, task.cause_id),
  };
}

async function readRefusals({ reader }: Context, taskId: number, attemptId: number): Promise<Refusal[]> {
  return await reader.kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.product_id', 'products.id')
    .select(['products.output', 'products.address', 'versions.reason as why'])
    .where('products.task_id', '=', taskId)
    .where('versions.attempt_id', '=', attemptId)
    .where('versions.passed', '=', 0)
    .limit(REFUSALS_SHOWN)
    .execute();
}

export async function referTo({ reader, definition }: Context, id: number | null): Promise<TaskRef | null> {
  if (id === null) return null;
  const task = (await findTasks(reader, [id])).get(id);
  return task === undefined ? null : refer(task, definition);
}
