/**
 * Attempts that end without an outcome: given back by a worker that stops, or lost with a worker whose lease ran out.
 * Their tasks are tried again, a lost one at most `maxLost` times; then it has failed, with its history.
 */
import { insertRows } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { deleteEntries } from './claims.ts';
import { CountChanges } from './counts.ts';
import { placeReady, readNow } from './dispatch.ts';
import type { Ids } from './ids.ts';
import { lockTasks } from './locked-tasks.ts';
import { endAttempts, endHeldAttempts, endTasksBadly, retryLostTasks, returnTasks } from './moves.ts';
import { propagate } from './propagation.ts';

/** Returns how many of the attempts were still this worker's. */
export async function giveBack(
  trx: Transaction,
  attempts: readonly { attempt_id: number; id: number }[],
  { workerId, ids }: { workerId: number; ids: Ids },
): Promise<number> {
  const held = [];
  for (const attempt of attempts) {
    const ended = await endHeldAttempts(trx, [attempt.attempt_id], workerId, {
      to: 'cancelled',
      exitClass: 'cancelled',
      error: 'the worker stopped and gave the task back',
    });
    if (ended === 1) held.push(attempt.id);
  }
  await retry(trx, held, { ids, lost: false });
  return held.length;
}

async function retry(
  trx: Transaction,
  taskIds: readonly number[],
  { ids, lost }: { ids: Ids; lost: boolean },
): Promise<void> {
  const counts = new CountChanges();
  const tasks = await lockTasks(trx, taskIds);
  const move = lost ? retryLostTasks : returnTasks;
  await move(
    trx,
    tasks.map(({ id }) => id),
  );
  for (const task of tasks) counts.moved(task, 'running', 'ready');
  await placeReady(trx, tasks, { direct: 0, ids, counts });
  await counts.write(trx);
}

export interface Reaped {
  readonly lost: number;
  readonly retried: number;
}

/** Attempts whose lease has run out, by the database's clock. A finish that came first has won: it cleared the lease. */
export async function reapLost(
  trx: Transaction,
  { maxLost, ids, limit }: { maxLost: number; ids: Ids; limit: number },
): Promise<Reaped> {
  const { kysely, dialect } = trx;
  const lost = await kysely
    .selectFrom('attempts')
    .select(['id', 'task_id', 'job_id'])
    .where('lease_until', '<', dialect.now)
    .orderBy('lease_until')
    .limit(limit)
    .modifyEnd(dialect.skipLocked)
    .execute();
  if (lost.length === 0) return { lost: 0, retried: 0 };
  const attemptIds = lost.map(({ id }) => id).sort((a, b) => a - b);
  await endAttempts(trx, attemptIds, 'running', {
    to: 'lost',
    exitClass: 'lost',
    error: 'the lease ran out: the worker died, froze, or lost its way to the database',
  });
  const losses = await readLosses(
    trx,
    lost.map(({ task_id }) => task_id),
  );
  const isPoison = ({ task_id }: { task_id: number }) => (losses.get(task_id) ?? 0) >= maxLost;
  const parked = lost.filter(isPoison);
  const again = lost.filter((attempt) => !isPoison(attempt));
  await retry(
    trx,
    again.map(({ task_id }) => task_id),
    { ids, lost: true },
  );
  await park(trx, parked, { maxLost, ids });
  return { lost: lost.length, retried: again.length };
}

/** How often each task was lost before. */
async function readLosses({ kysely }: Transaction, taskIds: readonly number[]): Promise<Map<number, number>> {
  const rows = await kysely.selectFrom('tasks').select(['id', 'losses']).where('id', 'in', taskIds).execute();
  return new Map(rows.map(({ id, losses }) => [id, losses]));
}

async function park(
  trx: Transaction,
  parked: readonly { id: number; task_id: number; job_id: number }[],
  { maxLost, ids }: { maxLost: number; ids: Ids },
): Promise<void> {
  if (parked.length === 0) return;
  const counts = new CountChanges();
  const tasks = await lockTasks(
    trx,
    parked.map(({ task_id }) => task_id),
  );
  const reason = `its worker was lost ${maxLost + 1} times; see \`easel logs\` for each attempt, then \`easel reschedule-unfinished\``;
  await endTasksBadly(
    trx,
    tasks.map(({ id }) => id),
    { from: 'running', to: 'failed', reason },
  );
  for (const task of tasks) counts.moved(task, 'running', 'failed');
  const at = await readNow(trx);
  await insertRows(
    trx,
    'failures',
    parked.map(({ id, task_id, job_id }) => ({ attempt_id: id, job_id, task_id, at })),
  );
  const ready = await propagate(
    trx,
    tasks.map((task) => ({ ...task, state: 'failed' as const })),
    counts,
  );
  await placeReady(trx, ready, { direct: 0, ids, counts });
  await counts.write(trx);
}

/** Queue rows whose attempt is not queued any more do no harm, but are not left behind either. */
export async function sweepQueue(trx: Transaction, limit: number): Promise<number> {
  const rows = await trx.kysely
    .selectFrom('queue_entries')
    .innerJoin('attempts', 'attempts.id', 'queue_entries.attempt_id')
    .select(['queue_entries.worker_class', 'queue_entries.rank', 'queue_entries.attempt_id'])
    .where('attempts.state', '!=', 'queued')
    .limit(limit)
    .execute();
  await deleteEntries(trx, rows);
  return rows.length;
}
