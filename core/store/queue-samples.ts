/**
 * How the queue of each worker class went: schedulers look every few seconds and write a row where a class differs from
 * its last one. So between two rows nothing has changed, as far as was looked; a class that is gone ends with zeros.
 */

import type { Database } from '../db/open.ts';
import { insertRows } from '../db/rows.ts';
import type { Tables } from '../db/tables.ts';
import { type Reader, reading, transact } from '../db/transaction.ts';
import { readNow } from './clock.ts';
import { viewQueue } from './queue-view.ts';
import { isOurTurn } from './turn.ts';

export type QueueSample = Tables['queue_samples'];
type Counts = Omit<QueueSample, 'at'>;

/** Tasks in line or set aside are counted up to this number. */
const COUNTED_TO = 100_000;
const COUNTS = ['queued', 'in_line', 'set_aside', 'running', 'workers', 'slots'] as const;

export interface Sampling {
  readonly aliveWithinMs: number;
  /** No class gets two rows within this time, however many schedulers there are. */
  readonly apartMs: number;
}

/** Returns how many rows were written. While nothing changes, nothing is locked. */
export async function sampleQueue(database: Database, { aliveWithinMs, apartMs }: Sampling): Promise<number> {
  const { classes } = await viewQueue(reading(database), aliveWithinMs, COUNTED_TO);
  const seen = classes.map(({ oldest_ms: _, ...counts }): Counts => counts);
  if (changes(seen, await lastSamples(reading(database))).length === 0) return 0;
  return await transact(database, async (trx) => {
    if (!(await isOurTurn(trx))) return 0;
    const last = await lastSamples(trx);
    const at = await readNow(trx);
    const rows = changes(seen, last).filter(
      ({ worker_class }) => at - (last.get(worker_class)?.at ?? 0) > apartMs,
    );
    await insertRows(
      trx,
      'queue_samples',
      rows.map((row) => ({ ...row, at })),
    );
    return rows.length;
  });
}

function changes(seen: readonly Counts[], last: ReadonlyMap<string, QueueSample>): Counts[] {
  const names = new Set(seen.map(({ worker_class }) => worker_class));
  const gone = [...last.keys()].filter((name) => !names.has(name));
  return [...seen, ...gone.map(nothingOf)].filter((each) => {
    const before = last.get(each.worker_class) ?? nothingOf(each.worker_class);
    return COUNTS.some((count) => before[count] !== each[count]);
  });
}

function nothingOf(worker_class: string): Counts {
  return { worker_class, queued: 0, in_line: 0, set_aside: 0, running: 0, workers: 0, slots: 0 };
}

/** Worker class -> its newest row that is not younger than `by`. */
async function lastSamples(reader: Reader, by?: number): Promise<Map<string, QueueSample>> {
  const last = new Map<string, QueueSample>();
  for (const name of await sampledClasses(reader)) {
    const row = await reader.kysely
      .selectFrom('queue_samples')
      .selectAll()
      .where('worker_class', '=', name)
      .$if(by !== undefined, (query) => query.where('at', '<=', by ?? 0))
      .orderBy('at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) last.set(name, row);
  }
  return last;
}

/** Steps along the index: as many as there are classes. */
async function sampledClasses({ kysely }: Reader): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const row = await kysely
      .selectFrom('queue_samples')
      .select('worker_class')
      .where('worker_class', '>', names.at(-1) ?? '')
      .orderBy('worker_class')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return names;
    names.push(row.worker_class);
  }
}

export interface HistoryWish {
  readonly since: number;
  readonly until: number;
  readonly worker_class?: string | undefined;
  /** Of each class. */
  readonly limit?: number;
}

export interface ClassHistory {
  readonly worker_class: string;
  /** Oldest first. The first may be older than `since`: what it was then. */
  readonly samples: readonly QueueSample[];
  /** There were more than the limit: the newest are here. */
  readonly is_cut: boolean;
}

export async function readQueueHistory(reader: Reader, wish: HistoryWish): Promise<ClassHistory[]> {
  const { since, until, worker_class, limit = 5_000 } = wish;
  const names = worker_class === undefined ? await sampledClasses(reader) : [worker_class];
  const before = await lastSamples(reader, since);
  const classes: ClassHistory[] = [];
  for (const name of names) {
    const rows = await reader.kysely
      .selectFrom('queue_samples')
      .selectAll()
      .where('worker_class', '=', name)
      .where('at', '>', since)
      .where('at', '<=', until)
      .orderBy('at', 'desc')
      .limit(limit + 1)
      .execute();
    const is_cut = rows.length > limit;
    const first = is_cut ? undefined : before.get(name);
    const samples = [...(first === undefined ? [] : [first]), ...rows.slice(0, limit).reverse()];
    if (samples.length > 0) classes.push({ worker_class: name, samples, is_cut });
  }
  return classes;
}
