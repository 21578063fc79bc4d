/** Cancels whatever waits for a worker, of one job or of all. What runs goes on. */
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { recordAction } from '../store/audit.ts';
import { cancelWaiting, countWaitingForWorkers } from '../store/emptying.ts';
import { Ids } from '../store/ids.ts';
import { plural } from '../words/format.ts';
import { command, type Line, line } from '../words/line.ts';

export interface EmptyQueueParts {
  readonly database: Database;
}

export interface EmptyQueueOrder {
  readonly jobId?: number | undefined;
}

export interface PlannedEmptying {
  /** Tasks that wait for a worker. */
  readonly waiting: number;
}

export interface Emptied {
  readonly cancelled: number;
}

const PER_BATCH = 500;

export async function planEmptyQueue(
  { database }: EmptyQueueParts,
  { jobId }: EmptyQueueOrder,
): Promise<PlannedEmptying> {
  return { waiting: await countWaitingForWorkers(reading(database), jobId) };
}

/** In batches, each a transaction of its own. */
export async function emptyQueue(
  { database }: EmptyQueueParts,
  { jobId }: EmptyQueueOrder,
  person: string,
): Promise<Emptied> {
  const ids = new Ids(database, 100);
  const wish = { jobId, reason: 'the queue was emptied by `easel empty-queue`', limit: PER_BATCH };
  let cancelled = 0;
  for (let batch = -1; batch !== 0; cancelled += batch) {
    batch = await transact(database, (trx) => cancelWaiting(trx, ids, wish));
  }
  const detail = `${cancelled} tasks${ofJob({ jobId })}`;
  await transact(database, (trx) => recordAction(trx, { person, action: 'empty-queue', detail }));
  return { cancelled };
}

export function describePlannedEmptying(order: EmptyQueueOrder, { waiting }: PlannedEmptying): string {
  return `${plural(waiting, 'task')}${ofJob(order)} wait for a worker and would be cancelled`;
}

export function describeEmptied({ cancelled }: Emptied): Line {
  return line`cancelled ${plural(cancelled, 'task')}; ${command('reschedule-unfinished')} brings them back`;
}

const ofJob = ({ jobId }: EmptyQueueOrder) => (jobId === undefined ? '' : ` of job ${jobId}`);
