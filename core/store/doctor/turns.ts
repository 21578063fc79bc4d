/** How tasks get their turn back: queued anew, started as claimed, or taken back from nobody. The task is locked. */
import { randomInt } from 'node:crypto';
import { insertRows } from '../../db/rows.ts';
import { readNow } from '../clock.ts';
import { placeReady, SEEDS } from '../dispatch.ts';
import { lockTasks } from '../locked-tasks.ts';
import { finishTasks, returnTasks, startTasks } from '../moves.ts';
import { propagate } from '../propagation.ts';
import type { Mending } from './check.ts';
import { endOpenAttempts } from './ending.ts';

/** A task that counts as queued, though a worker holds its attempt: it runs. Returns whether that is so. */
export async function startClaimed({ trx, counts }: Mending, taskId: number): Promise<boolean> {
  const held = await trx.kysely
    .selectFrom('attempts')
    .select('job_id')
    .where('open_task_id', '=', taskId)
    .where('state', '=', 'running')
    .executeTakeFirst();
  const [task] = await lockTasks(trx, [taskId]);
  if (held === undefined || task?.state !== 'queued') return false;
  await startTasks(trx, [taskId]);
  counts.moved(task, 'queued', 'running');
  return true;
}

/** A queued task without an attempt gets one, and a place in the queue, as when it was dispatched. */
export async function queueAgain({ trx, parts }: Mending, taskId: number): Promise<void> {
  const [task] = await lockTasks(trx, [taskId]);
  if (task === undefined) return;
  await trx.kysely
    .updateTable('attempts')
    .set({ open_task_id: null })
    .where('open_task_id', '=', taskId)
    .execute();
  const id = (await parts.ids.take(trx, 1))();
  const number = (await lastNumber({ trx }, taskId)) + 1;
  const now = await readNow(trx);
  const attempt = { id, task_id: taskId, job_id: task.job_id, number, state: 'queued' as const };
  const seed = randomInt(SEEDS);
  await insertRows(trx, 'attempts', [{ ...attempt, open_task_id: taskId, seed, queued_at: now }]);
  await insertRows(trx, 'queue_entries', [
    {
      worker_class: task.worker_class ?? '',
      rank: task.rank,
      attempt_id: id,
      task_id: taskId,
      published_at: now,
    },
  ]);
  await trx.kysely.updateTable('tasks').set({ attempts: number }).where('id', '=', taskId).execute();
}

/** A running task that nobody runs is tried again, unless it has succeeded already. */
export async function takeBack({ trx, parts, counts }: Mending, taskId: number): Promise<void> {
  const [task] = await lockTasks(trx, [taskId]);
  if (task === undefined) return;
  await endOpenAttempts(trx, [task], 'its task did not know it (`easel doctor --repair`)');
  if (task.state === 'queued') return await queueAgain({ trx, parts, counts }, taskId);
  const placing = { direct: 0, ids: parts.ids, counts };
  if (await hasSucceeded({ trx }, taskId)) {
    await finishTasks(trx, [taskId]);
    counts.moved(task, 'running', 'done');
    return void (await placeReady(trx, await propagate(trx, [{ ...task, state: 'done' }], counts), placing));
  }
  await returnTasks(trx, [taskId]);
  counts.moved(task, 'running', 'ready');
  await placeReady(trx, [task], placing);
}

async function hasSucceeded({ trx }: Pick<Mending, 'trx'>, taskId: number): Promise<boolean> {
  const row = await trx.kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select('attempts.id')
    .where('attempts.task_id', '=', taskId)
    .where('attempts.state', '=', 'succeeded')
    .whereRef('number', '>', 'tried_from')
    .executeTakeFirst();
  return row !== undefined;
}

/** Of the attempts that are there, and of those that were before the task was given another chance. */
async function lastNumber({ trx }: Pick<Mending, 'trx'>, taskId: number): Promise<number> {
  const row = await trx.kysely
    .selectFrom('tasks')
    .leftJoin('attempts', 'attempts.task_id', 'tasks.id')
    .select(({ fn }) => [fn.max('number').as('number'), fn.max('tried_from').as('tried_from')])
    .where('tasks.id', '=', taskId)
    .executeTakeFirstOrThrow();
  return Math.max(row.number ?? 0, row.tried_from);
}
