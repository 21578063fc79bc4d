/**
 * Attempts that may not wait for a worker for ever (`timeout.queue`). How long each may wait is the job file's to say, so
 * the caller judges; the time that has passed is the database's.
 */
import { sql } from 'kysely';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { Allowance } from '../model/policy.ts';
import { deleteEntries } from './claims.ts';
import { CountChanges } from './counts.ts';
import { placeReady } from './dispatch.ts';
import { followUp } from './follow-up.ts';
import type { Ids } from './ids.ts';
import { endAttempts } from './moves.ts';
import { propagate } from './propagation.ts';

export type WaitingEntry = Awaited<ReturnType<typeof listWaiting>>[number];

/** A job's entries in the queue: as many as the queue is long, never as the job is. */
export async function listWaiting({ kysely, dialect }: Reader, jobId: number) {
  return await kysely
    .selectFrom('queue_entries')
    .innerJoin('tasks', 'tasks.id', 'queue_entries.task_id')
    .select(['queue_entries.worker_class', 'queue_entries.rank', 'attempt_id', 'task_id', 'node', 'type'])
    .select(sql<number>`${dialect.now} - published_at`.as('waited_ms'))
    .where('tasks.job_id', '=', jobId)
    .execute();
}

export interface Overdue {
  readonly entry: WaitingEntry;
  readonly allowance: Allowance;
}

/** Ends those that no worker has claimed meanwhile, as timed out; returns how many. */
export async function endOverdue(trx: Transaction, overdue: readonly Overdue[], ids: Ids): Promise<number> {
  const counts = new CountChanges();
  const ended = [];
  for (const { entry, allowance } of overdue) {
    const { worker_class, rank, attempt_id, task_id, waited_ms } = entry;
    const locked = await trx.kysely
      .selectFrom('queue_entries')
      .innerJoin('attempts', 'attempts.id', 'queue_entries.attempt_id')
      .select('attempt_id')
      .where('worker_class', '=', worker_class)
      .where('rank', '=', rank)
      .where('attempt_id', '=', attempt_id)
      .where('attempts.state', '=', 'queued')
      .modifyEnd(trx.dialect.skipLocked)
      .executeTakeFirst();
    if (locked === undefined) continue;
    await deleteEntries(trx, [entry]);
    const reason = `waited ${Math.round(waited_ms / 1_000)} s in the queue for a worker of class "${worker_class}", longer than its timeout allows`;
    await endAttempts(trx, [attempt_id], 'queued', { to: 'failed', exitClass: 'timeout', error: reason });
    ended.push({ attemptId: attempt_id, taskId: task_id, allowance, reason });
  }
  const followed = await followUp(trx, ended, { counts, from: 'queued' });
  const ready = [...followed.ready, ...(await propagate(trx, followed.ended, counts))];
  await placeReady(trx, ready, { direct: 0, ids, counts });
  await counts.write(trx);
  return ended.length;
}
