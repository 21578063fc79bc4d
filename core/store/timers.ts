/**
 * Tasks that wait until their next try is due. The timer is one of the things that the task waits for: such a task is
 * `waiting`, mostly for that alone, and becomes ready when the database's clock says so.
 */
import { chunks, insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { readNow } from './clock.ts';
import { CountChanges } from './counts.ts';
import { placeReady } from './dispatch.ts';
import type { Ids } from './ids.ts';
import { lockTasks } from './locked-tasks.ts';
import { release } from './releasing.ts';

export interface Wait {
  readonly taskId: number;
  readonly delayMs: number;
}

export async function startTimers(trx: Transaction, waits: readonly Wait[]): Promise<void> {
  if (waits.length === 0) return;
  const now = await readNow(trx);
  await insertRows(
    trx,
    'timers',
    waits.map(({ taskId, delayMs }) => ({ task_id: taskId, due_at: now + delayMs })),
  );
}

/** For tasks that will not be tried again after all, too. */
export async function dropTimers({ kysely }: Transaction, taskIds: readonly number[]): Promise<void> {
  for (const part of chunks(taskIds, 1_000))
    await kysely.deleteFrom('timers').where('task_id', 'in', part).execute();
}

/** Releases tasks whose time has come; returns how many. */
export async function releaseDue(
  trx: Transaction,
  { ids, limit }: { ids: Ids; limit: number },
): Promise<number> {
  const due = await trx.kysely
    .selectFrom('timers')
    .select('task_id')
    .where('due_at', '<=', trx.dialect.now)
    .orderBy('due_at')
    .limit(limit)
    .modifyEnd(trx.dialect.skipLocked)
    .execute();
  if (due.length === 0) return 0;
  const taskIds = due.map(({ task_id }) => task_id).sort((a, b) => a - b);
  await dropTimers(trx, taskIds);
  const tasks = (await lockTasks(trx, taskIds)).filter(({ state }) => state === 'waiting');
  const counts = new CountChanges();
  const met = tasks.map((task) => ({ task, count: 1 }));
  await placeReady(trx, await release(trx, met, counts), { direct: 0, ids, counts });
  await counts.write(trx);
  return due.length;
}
