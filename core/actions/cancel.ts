/**
 * Ends a task, all below a flow task, or a job. What waits is cancelled at once; of what runs the workers are asked to end
 * it, which nobody waits for here: whoever wants to know looks at the state of the task.
 */
import type { Database } from '../db/open.ts';
import { type Reader, reading, transact } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import { ENDED, type TaskState } from '../model/states.ts';
import { recordAction } from '../store/audit.ts';
import { wantCancelled } from '../store/cancellations.ts';
import { type Cancelled, carryOut } from '../store/cancelling.ts';
import type { Bounded } from '../store/explanation.ts';
import { Ids } from '../store/ids.ts';
import { viewJob } from '../store/job-views.ts';
import { countOpenWork } from '../store/open-below.ts';
import { findRoot, findTask, type TaskView } from '../store/task-views.ts';
import { plural } from '../words/format.ts';
import type { Line } from '../words/line.ts';

export interface CancelParts {
  readonly database: Database;
}

/** A whole job is its root task. */
export type CancelOrder = { readonly taskId: number } | { readonly jobId: number };

export interface CancelTarget {
  /** As the subject of a sentence: `job 7`. */
  readonly what: string;
  readonly task_id: number;
  readonly job_id: number;
}

export interface PlannedCancel extends CancelTarget {
  /** Work tasks that have not ended. */
  readonly open: Bounded;
}

export interface DoneCancel extends CancelTarget, Cancelled {
  /** Of the task, when all that can be done at once was done. */
  readonly state: TaskState;
}

/**
 * Throws EaselError when there is no such task or job, or it has ended. Below a task it counts no further than `atMost`
 * (it walks there); the tasks of a whole job are counted already.
 */
export async function planCancel(
  { database }: CancelParts,
  order: CancelOrder,
  atMost = Number.POSITIVE_INFINITY,
): Promise<PlannedCancel> {
  const reader = reading(database);
  const target = await findTarget(reader, order);
  if (target.task.parent_id !== null)
    return { ...named(target), open: await countOpenWork(database, target.task.id, atMost) };
  const { total, ended } = (await viewJob(reader, target.task.job_id)).progress;
  return { ...named(target), open: { count: total - ended, over: false } };
}

export async function cancel(
  { database }: CancelParts,
  order: CancelOrder,
  person: string,
): Promise<DoneCancel> {
  const target = await findTarget(reading(database), order);
  const { what, task_id: taskId, job_id: jobId } = named(target);
  const wish = { taskId, jobId, reason: `cancelled by ${person} with ${what}` };
  await transact(database, async (trx) => {
    await wantCancelled(trx, [wish]);
    await recordAction(trx, { person, action: 'cancel', detail: what });
  });
  const done = await carryOut(database, new Ids(database, 100), wish);
  const { state } = await findTask(reading(database), taskId);
  return { ...named(target), ...done, state };
}

export function describePlannedCancel({ what, open: { count, over } }: PlannedCancel): string {
  return `${over ? 'more than ' : ''}${plural(count, 'task')} of ${what} would be cancelled`;
}

export function describeCancel({ what, cancelled, asked, state }: DoneCancel): Line {
  const running = asked === 0 ? '' : `, ${plural(asked, 'running task')} asked to stop`;
  const now = ENDED.includes(state)
    ? `${what} is ${state}`
    : `${what} is still ${state}: its workers have been asked; a task whose worker is gone ends with its lease`;
  return [`cancelled ${plural(cancelled, 'waiting task')}${running}; ${now}`];
}

interface Target {
  readonly what: string;
  readonly task: TaskView;
}

const named = ({ what, task }: Target): CancelTarget => ({ what, task_id: task.id, job_id: task.job_id });

async function findTarget(reader: Reader, order: CancelOrder): Promise<Target> {
  const [what, task] =
    'jobId' in order
      ? [`job ${order.jobId}`, await findRoot(reader, order.jobId)]
      : [`task ${order.taskId}`, await findTask(reader, order.taskId)];
  if (ENDED.includes(task.state))
    throw new EaselError('conflict', `${what} has ended already (${task.state}): there is nothing to cancel`);
  return { what, task };
}
