/**
 * Attempts that end without an outcome: given back by a worker that stops, or lost with a worker whose lease ran out.
 * What becomes of their tasks is told in follow-up.ts.
 */
import type { Reader, Transaction } from '../db/transaction.ts';
import type { Allowance } from '../model/policy.ts';
import { deleteEntries } from './claims.ts';
import { CountChanges } from './counts.ts';
import { placeReady } from './dispatch.ts';
import { followUp, type Unsuccessful } from './follow-up.ts';
import type { Ids } from './ids.ts';
import { endAttempts, endHeldAttempts } from './moves.ts';
import { propagate } from './propagation.ts';

const STOPPED = 'the worker stopped, or was asked to end the task, before the task had ended';

/** Returns how many of the attempts were still this worker's. */
export async function giveBack(
  trx: Transaction,
  attempts: readonly { attempt_id: number; id: number }[],
  { workerId, ids, reason = STOPPED }: { workerId: number; ids: Ids; reason?: string },
): Promise<number> {
  const held: Unsuccessful[] = [];
  for (const { attempt_id, id } of attempts) {
    const ended = await endHeldAttempts(trx, [attempt_id], workerId, {
      to: 'cancelled',
      exitClass: 'cancelled',
      error: reason,
    });
    if (ended === 1) held.push({ attemptId: attempt_id, taskId: id, allowance: undefined, reason: null });
  }
  await settle(trx, held, ids);
  return held.length;
}

/** The attempts have been ended by this transaction. Answers how many of their tasks have ended with them. */
export async function settle(trx: Transaction, attempts: readonly Unsuccessful[], ids: Ids): Promise<number> {
  const counts = new CountChanges();
  const { ready, ended } = await followUp(trx, attempts, { counts });
  const released = await propagate(trx, ended, counts);
  await placeReady(trx, [...ready, ...released], { direct: 0, ids, counts });
  await counts.write(trx);
  return ended.length;
}

/** Attempts whose lease has run out, by the database's clock; nothing is locked, so this is only who is to be looked at. */
export async function findLost({ kysely, dialect }: Reader, limit: number) {
  return await kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select(['attempts.id', 'attempts.job_id', 'tasks.node', 'tasks.type'])
    .where('lease_until', '<', dialect.now)
    .orderBy('lease_until')
    .limit(limit)
    .execute();
}

export interface Reaped {
  readonly lost: number;
  /** Their tasks have ended: they are not tried again. */
  readonly parked: number;
}

/** Of these attempts, ends those whose lease has run out. A finish that came first has won: it cleared the lease. */
export async function reapLost(
  trx: Transaction,
  allowances: ReadonlyMap<number, Allowance>,
  ids: Ids,
): Promise<Reaped> {
  const { kysely, dialect } = trx;
  const lost = await kysely
    .selectFrom('attempts')
    .select(['id', 'task_id'])
    .where('id', 'in', [...allowances.keys()])
    .where('state', '=', 'running')
    .where('lease_until', '<', dialect.now)
    .orderBy('id')
    .modifyEnd(dialect.skipLocked)
    .execute();
  await endAttempts(
    trx,
    lost.map(({ id }) => id),
    'running',
    {
      to: 'lost',
      exitClass: 'lost',
      error: 'the lease ran out: the worker died, froze, or lost its way to the database',
    },
  );
  const attempts = lost.map(({ id, task_id }): Unsuccessful => {
    const allowance = allowances.get(id);
    const reason = `its worker was lost more often than ${allowance?.retries} times; see \`easel logs\` for each attempt, then \`easel retry ${task_id}\``;
    return { attemptId: id, taskId: task_id, allowance, reason };
  });
  return { lost: lost.length, parked: await settle(trx, attempts, ids) };
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
