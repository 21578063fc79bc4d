/**
 * What attempts took, as histograms by job, type and measure, without reading attempts: the commit of an attempt
 * appends what it adds to `usage_deltas` (an insert never waits for another), and a scheduler folds those rows into
 * `usage_counts`, of the job and of job 0, which is all jobs. The truth at any instant is the sum of both.
 */
import { chunks, insertRows } from '../db/rows.ts';
import type { Measure, Tables } from '../db/tables.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { binOf } from '../model/bins.ts';
import { isOurTurn } from './turn.ts';

export type UsageCount = Tables['usage_counts'];
export type Usage = Omit<Tables['usages'], 'attempt_id'>;

/** Stands for all jobs, also those pruned since. */
export const ALL_JOBS = 0;

/** A row for each job, type, measure and bin. What was not measured is not counted. */
export function countUsages(usages: readonly Usage[]): UsageCount[] {
  return sumUp(
    usages.flatMap(({ job_id, type, wall_ms, cpu_ms, peak_memory_bytes }) => {
      const values: readonly [Measure, number | null][] = [
        ['wall', wall_ms],
        ['cpu', cpu_ms],
        ['memory', peak_memory_bytes],
      ];
      return values.flatMap(([measure, value]) =>
        value === null ? [] : [{ job_id, type, measure, bin: binOf(value), attempts: 1, total: value }],
      );
    }),
  );
}

export function sumUp(rows: readonly UsageCount[]): UsageCount[] {
  const sums = new Map<string, { -readonly [Key in keyof UsageCount]: UsageCount[Key] }>();
  for (const row of rows) {
    const key = `${row.job_id} ${row.measure} ${row.bin} ${row.type}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { ...row });
    else {
      known.attempts += row.attempts;
      known.total += row.total;
    }
  }
  return [...sums.values()];
}

/** In the transaction that stores the usages. */
export async function appendUsages(trx: Transaction, usages: readonly Usage[]): Promise<void> {
  await insertRows(trx, 'usage_deltas', countUsages(usages));
}

const COLUMNS = ['job_id', 'type', 'measure', 'bin', 'attempts', 'total'] as const;

export interface UsageWish {
  /** Without it, all jobs, also those pruned since. */
  readonly jobId?: number | undefined;
  readonly type?: string | undefined;
}

/** By type, measure and bin. Costs the bins that are in use, and what has not been folded yet. */
export async function readUsageCounts(
  { kysely }: Reader,
  { jobId, type }: UsageWish,
): Promise<Pick<UsageCount, 'type' | 'measure' | 'bin' | 'attempts' | 'total'>[]> {
  const folded = kysely
    .selectFrom('usage_counts')
    .select(COLUMNS)
    .where('job_id', '=', jobId ?? ALL_JOBS)
    .$if(type !== undefined, (query) => query.where('type', '=', type ?? ''));
  const recent = kysely
    .selectFrom('usage_deltas')
    .select(COLUMNS)
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? ALL_JOBS))
    .$if(type !== undefined, (query) => query.where('type', '=', type ?? ''));
  const rows = await kysely
    .selectFrom(folded.unionAll(recent).as('counts'))
    .select(['type', 'measure', 'bin'])
    .select((row) => [row.fn.sum<number>('attempts').as('attempts'), row.fn.sum<number>('total').as('total')])
    .groupBy(['type', 'measure', 'bin'])
    .orderBy('type')
    .orderBy('measure')
    .orderBy('bin')
    .execute();
  return rows
    .map((row) => ({ ...row, attempts: Number(row.attempts), total: Number(row.total) }))
    .filter(({ attempts }) => attempts > 0);
}

export const FOLD_USAGES_AT_MOST = 2_000;

/** Folds a batch of deltas into the counts; returns how many. One scheduler at a time: two would add the same new row. */
export async function foldUsages(trx: Transaction): Promise<number> {
  if (!(await isOurTurn(trx))) return 0;
  const { kysely, dialect } = trx;
  const deltas = await kysely
    .selectFrom('usage_deltas')
    .selectAll()
    .orderBy('id')
    .limit(FOLD_USAGES_AT_MOST)
    .modifyEnd(dialect.skipLocked)
    .execute();
  const rows = deltas.map(({ id: _, ...row }) => row);
  const own = rows.filter(({ job_id }) => job_id !== ALL_JOBS);
  const all = rows.map((row) => ({ ...row, job_id: ALL_JOBS }));
  await addUp(trx, sumUp([...own, ...all]).sort(byKey));
  const ids = deltas.map(({ id }) => id);
  for (const part of chunks(ids, 1_000))
    await kysely.deleteFrom('usage_deltas').where('id', 'in', part).execute();
  return deltas.length;
}

/** In one order, for the sake of whoever removes a job's meanwhile. */
function byKey(a: UsageCount, b: UsageCount): number {
  const texts = (row: UsageCount) => `${row.type} ${row.measure}`;
  return a.job_id - b.job_id || (texts(a) < texts(b) ? -1 : texts(a) > texts(b) ? 1 : a.bin - b.bin);
}

async function addUp(trx: Transaction, sums: readonly UsageCount[]): Promise<void> {
  const isNew: UsageCount[] = [];
  for (const sum of sums) {
    const updated = await trx.kysely
      .updateTable('usage_counts')
      .set((row) => ({
        attempts: row('attempts', '+', sum.attempts),
        total: row('total', '+', sum.total),
      }))
      .where('job_id', '=', sum.job_id)
      .where('type', '=', sum.type)
      .where('measure', '=', sum.measure)
      .where('bin', '=', sum.bin)
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) isNew.push(sum);
  }
  await insertRows(trx, 'usage_counts', isNew);
}

/** Of a job that is gone: it stays counted among all jobs. Deltas that a scheduler is just folding are waited for. */
export async function forgetUsages({ kysely, dialect }: Transaction, jobId: number): Promise<number> {
  const seen = await kysely.selectFrom('usage_deltas').select('id').where('job_id', '=', jobId).execute();
  for (const part of chunks(seen, 1_000)) {
    const ids = part.map(({ id }) => id);
    await kysely
      .selectFrom('usage_deltas')
      .select('id')
      .where('id', 'in', ids)
      .modifyEnd(dialect.forUpdate)
      .execute();
    await kysely.updateTable('usage_deltas').set({ job_id: ALL_JOBS }).where('id', 'in', ids).execute();
  }
  const counts = await kysely.deleteFrom('usage_counts').where('job_id', '=', jobId).executeTakeFirst();
  return Number(counts.numDeletedRows);
}
