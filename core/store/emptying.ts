/**
 * Empties the queue: what waits for a worker, dispatched or still in line, is cancelled, batch by batch. What runs is
 * left alone, and nothing is forgotten: `reschedule-unfinished` brings the tasks back.
 */
import type { Reader, Transaction } from '../db/transaction.ts';
import { deleteEntries } from './claims.ts';
import { CountChanges } from './counts.ts';
import { placeReady } from './dispatch.ts';
import type { Ids } from './ids.ts';
import { lockTasks } from './locked-tasks.ts';
import { endAttempts, endTasksBadly } from './moves.ts';
import { forget } from './pausing.ts';
import { propagate } from './propagation.ts';

export interface Emptying {
  /** Only the tasks of this job. */
  readonly jobId: number | undefined;
  readonly reason: string;
  readonly limit: number;
}

/** How many tasks wait for a worker. */
export async function countWaitingForWorkers({ kysely }: Reader, jobId: number | undefined): Promise<number> {
  const queued = await kysely
    .selectFrom('queue_entries')
    .innerJoin('tasks', 'tasks.id', 'queue_entries.task_id')
    .select((row) => row.fn.countAll<number>().as('tasks'))
    .$if(jobId !== undefined, (query) => query.where('tasks.job_id', '=', jobId ?? 0))
    .executeTakeFirstOrThrow();
  const inLine = await kysely
    .selectFrom('ready_tasks')
    .select((row) => row.fn.countAll<number>().as('tasks'))
    .where('line', '!=', '')
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .executeTakeFirstOrThrow();
  const aside = await kysely
    .selectFrom('paused_tasks')
    .select((row) => row.fn.countAll<number>().as('tasks'))
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .executeTakeFirstOrThrow();
  return Number(queued.tasks) + Number(inLine.tasks) + Number(aside.tasks);
}

/** Cancels a batch; returns how many tasks. */
export async function cancelWaiting(trx: Transaction, ids: Ids, wish: Emptying): Promise<number> {
  const queued = await takeQueued(trx, wish);
  const inLine = queued.length > 0 ? [] : await takeInLine(trx, wish);
  const aside = queued.length + inLine.length > 0 ? [] : await takeAside(trx, wish);
  const tasks = await lockTasks(trx, [...queued, ...inLine, ...aside]);
  const counts = new CountChanges();
  for (const from of ['queued', 'ready'] as const) {
    const group = tasks.filter(({ state }) => state === from);
    await endTasksBadly(
      trx,
      group.map(({ id }) => id),
      { from, to: 'cancelled', reason: wish.reason },
    );
    for (const task of group) counts.moved(task, from, 'cancelled');
  }
  const ended = tasks.filter(({ state }) => state === 'queued' || state === 'ready');
  const ready = await propagate(
    trx,
    ended.map((task) => ({ ...task, state: 'cancelled' as const })),
    counts,
  );
  await placeReady(trx, ready, { direct: 0, ids, counts });
  await counts.write(trx);
  return queued.length + inLine.length + aside.length;
}

async function takeQueued(trx: Transaction, { jobId, reason, limit }: Emptying): Promise<number[]> {
  const { kysely, dialect } = trx;
  const found = await kysely
    .selectFrom('queue_entries')
    .innerJoin('attempts', 'attempts.id', 'queue_entries.attempt_id')
    .select([
      'queue_entries.worker_class',
      'queue_entries.rank',
      'queue_entries.attempt_id',
      'queue_entries.task_id',
    ])
    .where('attempts.state', '=', 'queued')
    .$if(jobId !== undefined, (query) => query.where('attempts.job_id', '=', jobId ?? 0))
    .limit(limit)
    .modifyEnd(dialect.skipLocked)
    .execute();
  await deleteEntries(trx, found);
  const attemptIds = found.map(({ attempt_id }) => attempt_id).sort((a, b) => a - b);
  await endAttempts(trx, attemptIds, 'queued', { to: 'cancelled', exitClass: 'cancelled', error: reason });
  return found.map(({ task_id }) => task_id);
}

async function takeInLine({ kysely, dialect }: Transaction, { jobId, limit }: Emptying): Promise<number[]> {
  const found = await kysely
    .selectFrom('ready_tasks')
    .selectAll()
    .where('line', '!=', '')
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .limit(limit)
    .modifyEnd(dialect.skipLocked)
    .execute();
  for (const { line, job_id, rank, task_id } of found) {
    await kysely
      .deleteFrom('ready_tasks')
      .where('line', '=', line)
      .where('job_id', '=', job_id)
      .where('rank', '=', rank)
      .where('task_id', '=', task_id)
      .execute();
  }
  return found.map(({ task_id }) => task_id);
}

/** Ready tasks of paused types. */
async function takeAside(trx: Transaction, { jobId, limit }: Emptying): Promise<number[]> {
  const found = await trx.kysely
    .selectFrom('paused_tasks')
    .selectAll()
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .limit(limit)
    .modifyEnd(trx.dialect.skipLocked)
    .execute();
  await forget(trx, found);
  return found.map(({ task_id }) => task_id);
}
