/**
 * What becomes of tasks whose attempt has ended without success, in the transaction that ends it: each is tried again,
 * at once or after a delay, is cancelled where somebody wants it ended, or has failed. How often it may be tried is
 * counted from the attempts themselves, since the task was last given another chance. One that ran out of memory may be
 * tried again in another class of workers: it then belongs to that class, also when a person tries it again.
 *
 * A worker that dies takes along whatever it held, though one task at most has brought it down. So of the losses only
 * those count whose task was about to start (`begun_at`, written for tasks that were lost before), and one of the others.
 */
import { chunks, forIds, insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { type Allowance, retryDelayMs } from '../model/policy.ts';
import { cancellationsOf } from './cancellations.ts';
import { readNow } from './clock.ts';
import type { CountChanges } from './counts.ts';
import { type EndedTask, type LockedTask, lockTasks, type Settled } from './locked-tasks.ts';
import { endTasksBadly, postponeTasks, retryLostTasks, returnTasks } from './moves.ts';
import { startTimers } from './timers.ts';

export interface Unsuccessful {
  readonly attemptId: number;
  readonly taskId: number;
  /** Without one, the attempt was given back: it has not failed. */
  readonly allowance: Allowance | undefined;
  /** Why the task has failed, if it has. */
  readonly reason: string | null;
}

interface Case extends Unsuccessful {
  readonly task: LockedTask;
}

type From = 'queued' | 'running';

export interface FollowUp {
  readonly counts: CountChanges;
  /** Where the tasks stand. */
  readonly from?: From;
}

/** The attempts have been ended by this transaction. */
export async function followUp(
  trx: Transaction,
  attempts: readonly Unsuccessful[],
  { counts, from = 'running' }: FollowUp,
): Promise<Settled> {
  if (attempts.length === 0) return { ready: [], ended: [] };
  const ids = attempts.map(({ taskId }) => taskId);
  const tasks = new Map((await lockTasks(trx, ids)).map((task) => [task.id, task]));
  const cases = attempts.flatMap((each): Case[] => {
    const task = tasks.get(each.taskId);
    return task === undefined ? [] : [{ ...each, task }];
  });
  const wanted = await cancellationsOf(trx, ids);
  const failures = await countFailures(trx, cases);
  const verdicts = cases.map((each) => ({
    ...each,
    cancelled: wanted.get(each.taskId),
    delayMs: delayOf(each, failures.get(each.taskId) ?? 1),
  }));
  const cancelled = verdicts.filter((each) => each.cancelled !== undefined);
  const alive = verdicts.filter((each) => each.cancelled === undefined);
  for (const { task, cancelled: reason } of cancelled)
    await endTasksBadly(trx, [task.id], { from, to: 'cancelled', reason: reason ?? null });
  const failed = alive.filter(({ delayMs }) => delayMs === undefined);
  await fail(trx, failed, from);
  await changeClasses(
    trx,
    alive.filter(({ delayMs }) => delayMs !== undefined),
  );
  const again = alive.filter(({ delayMs }) => delayMs === 0);
  await tryAgain(trx, again, from);
  const later = alive.filter(({ delayMs }) => delayMs !== undefined && delayMs > 0);
  await tryLater(trx, later, from);
  for (const { task } of cancelled) counts.moved(task, from, 'cancelled');
  for (const { task } of failed) counts.moved(task, from, 'failed');
  for (const { task } of again) counts.moved(task, from, 'ready');
  for (const { task } of later) counts.moved(task, from, 'waiting');
  return {
    ready: again.map(({ task, allowance }) => ({ ...task, worker_class: classOf(task, allowance) })),
    ended: [
      ...cancelled.map(({ task }): EndedTask => ({ ...task, state: 'cancelled' })),
      ...failed.map(({ task }): EndedTask => ({ ...task, state: 'failed' })),
    ],
  };
}

/** Undefined when the task is not tried again. */
function delayOf({ allowance }: Unsuccessful, failures: number): number | undefined {
  if (allowance === undefined) return 0;
  return failures > allowance.retries ? undefined : retryDelayMs(allowance, failures);
}

const isLost = ({ allowance }: Unsuccessful) => allowance?.classes.includes('lost') === true;
const idsOf = (cases: readonly Case[]) => cases.map(({ taskId }) => taskId).sort((a, b) => a - b);

async function fail(trx: Transaction, cases: readonly Case[], from: From): Promise<void> {
  for (const [reason, group] of Map.groupBy(cases, (each) => each.reason))
    await endTasksBadly(trx, idsOf(group), { from, to: 'failed', reason });
  if (cases.length === 0) return;
  const at = await readNow(trx);
  await insertRows(
    trx,
    'failures',
    cases.map(({ attemptId, task }) => ({
      attempt_id: attemptId,
      job_id: task.job_id,
      task_id: task.id,
      at,
    })),
  );
}

const classOf = (task: LockedTask, allowance: Allowance | undefined) =>
  allowance?.workerClass ?? task.worker_class;

async function changeClasses(trx: Transaction, cases: readonly Case[]): Promise<void> {
  const moving = cases.filter(({ task, allowance }) => classOf(task, allowance) !== task.worker_class);
  for (const [worker_class, group] of Map.groupBy(moving, ({ task, allowance }) => classOf(task, allowance)))
    for (const part of chunks(idsOf(group), 1_000))
      await trx.kysely.updateTable('tasks').set({ worker_class }).where('id', 'in', part).execute();
}

async function tryAgain(trx: Transaction, cases: readonly Case[], from: From): Promise<void> {
  await retryLostTasks(trx, idsOf(cases.filter(isLost)));
  await returnTasks(trx, idsOf(cases.filter((each) => !isLost(each))), from);
}

async function tryLater(
  trx: Transaction,
  cases: readonly (Case & { delayMs: number | undefined })[],
  from: From,
): Promise<void> {
  const open = await countOpenProducers(trx, idsOf(cases));
  const groups = Map.groupBy(cases, (each) => `${isLost(each)} ${open.get(each.taskId) ?? 0}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const unmet = 1 + (open.get(first.taskId) ?? 0);
    await postponeTasks(trx, idsOf(group), { from, unmet, lost: isLost(first) });
  }
  await startTimers(
    trx,
    cases.map(({ taskId, delayMs = 0 }) => ({ taskId, delayMs })),
  );
}

/** What was there when the attempt began may be made anew meanwhile (`easel retry`): that is waited for, too. */
async function countOpenProducers(trx: Transaction, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await forIds(ids, (part) =>
    trx.kysely
      .selectFrom('dependencies')
      .innerJoin('tasks', 'tasks.id', 'dependencies.producer_id')
      .select((row) => ['consumer_id', row.fn.countAll<number>().as('open')])
      .where('consumer_id', 'in', part)
      .where('tasks.state', '!=', 'done')
      .groupBy('consumer_id')
      .execute(),
  );
  return new Map(rows.map(({ consumer_id, open }) => [consumer_id, Number(open)]));
}

/** Task -> attempts that failed as its allowance counts them, the one just ended among them. */
async function countFailures(trx: Transaction, cases: readonly Case[]): Promise<Map<number, number>> {
  const asking = cases.filter(({ allowance }) => (allowance?.retries ?? 0) > 0);
  const rows = await forIds(
    asking.map(({ taskId }) => taskId),
    (part) =>
      trx.kysely
        .selectFrom('attempts')
        .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
        .select(['task_id', 'exit_class', 'begun_at'])
        .where('task_id', 'in', part)
        .where('attempts.state', 'in', ['failed', 'lost'])
        .whereRef('number', '>', 'tried_from')
        .execute(),
  );
  const byTask = Map.groupBy(rows, ({ task_id }) => task_id);
  return new Map(
    asking.map(({ taskId, allowance }) => {
      const counted = (byTask.get(taskId) ?? []).filter(
        ({ exit_class }) => exit_class !== null && allowance?.classes.includes(exit_class),
      );
      const innocent = counted.filter(
        ({ exit_class, begun_at }) => exit_class === 'lost' && begun_at === null,
      );
      return [taskId, counted.length - Math.max(0, innocent.length - 1)];
    }),
  );
}
