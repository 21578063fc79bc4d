/**
 * How many work tasks came to each end, minute by minute. Whoever folds the counts knows it anyway and notes it in the
 * same transaction, so it costs the hot path nothing; a task belongs to the minute in which that was done, seconds
 * after its end while a scheduler runs. A task that is tried again may come to an end more than once.
 */
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { TaskState } from '../model/states.ts';
import { isFlowType } from '../model/task-type.ts';
import { readNow } from './clock.ts';

export const ENDS = ['done', 'failed', 'blocked', 'cancelled'] as const satisfies readonly TaskState[];
export type End = (typeof ENDS)[number];

const MINUTE_MS = 60_000;
const isEnd = (state: TaskState): state is End => (ENDS as readonly TaskState[]).includes(state);

interface Change {
  readonly type: string;
  readonly state: TaskState;
  readonly delta: number;
}

/** One scheduler at a time. */
export async function noteThroughput(trx: Transaction, changes: readonly Change[]): Promise<void> {
  const sums = new Map<string, { type: string; state: End; tasks: number }>();
  for (const { type, state, delta } of changes) {
    if (delta <= 0 || !isEnd(state) || isFlowType(type)) continue;
    const key = `${state} ${type}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { type, state, tasks: delta });
    else known.tasks += delta;
  }
  if (sums.size === 0) return;
  const now = await readNow(trx);
  const minute = now - (now % MINUTE_MS);
  for (const { type, state, tasks } of sums.values()) {
    const updated = await trx.kysely
      .updateTable('throughput')
      .set((row) => ({ tasks: row('tasks', '+', tasks) }))
      .where('minute', '=', minute)
      .where('type', '=', type)
      .where('state', '=', state)
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) await insertRows(trx, 'throughput', [{ minute, type, state, tasks }]);
  }
}

export type Minute = { readonly minute: number } & Readonly<Record<End, number>>;

export interface Throughput {
  /** The database's clock, when this was read: the last minute is not over. */
  readonly now: number;
  /** Each minute of the time, also those in which nothing ended, oldest first; `minute` is when it began. */
  readonly minutes: readonly Minute[];
}

/** Of the last `sinceMs`. Costs the types that ended tasks in each minute. */
export async function readThroughput(reader: Reader, wish: ThroughputWish): Promise<Throughput> {
  const { now, rows } = await readRows(reader, wish);
  const known = sumByMinute(rows);
  const minutes: Minute[] = [];
  for (let minute = firstMinute(now, wish.sinceMs); minute <= now; minute += MINUTE_MS)
    minutes.push(known.get(minute) ?? { minute, ...NOTHING });
  return { now, minutes };
}

export interface ThroughputWish {
  readonly sinceMs: number;
  readonly type?: string | undefined;
}

export interface TypeThroughput {
  readonly type: string;
  /** Only those in which tasks of the type ended. */
  readonly minutes: readonly Minute[];
}

export async function readThroughputByType(reader: Reader, wish: ThroughputWish): Promise<TypeThroughput[]> {
  const { rows } = await readRows(reader, wish);
  return [...Map.groupBy(rows, ({ type }) => type)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, own]) => ({ type, minutes: [...sumByMinute(own).values()] }));
}

const NOTHING: Readonly<Record<End, number>> = { done: 0, failed: 0, blocked: 0, cancelled: 0 };
const firstMinute = (now: number, sinceMs: number) => Math.floor((now - sinceMs) / MINUTE_MS) * MINUTE_MS;

interface Row {
  readonly minute: number;
  readonly type: string;
  readonly state: TaskState;
  readonly tasks: number;
}

function sumByMinute(rows: readonly Row[]): Map<number, Minute> {
  const sums = new Map<number, { minute: number } & Record<End, number>>();
  for (const { minute, state, tasks } of rows) {
    const sum = sums.get(minute) ?? { minute, ...NOTHING };
    if (isEnd(state)) sum[state] += tasks;
    sums.set(minute, sum);
  }
  return sums;
}

async function readRows(
  reader: Reader,
  { sinceMs, type }: ThroughputWish,
): Promise<{ now: number; rows: Row[] }> {
  const now = await readNow(reader);
  const rows = await reader.kysely
    .selectFrom('throughput')
    .selectAll()
    .where('minute', '>=', firstMinute(now, sinceMs))
    .$if(type !== undefined, (query) => query.where('type', '=', type ?? ''))
    .orderBy('minute')
    .execute();
  return { now, rows };
}
