/** What attempts of each task type took: wall-clock time, CPU time, peak memory. From roll-ups: no attempt is read. */
import type { Measure } from '../db/tables.ts';
import type { Reader } from '../db/transaction.ts';
import { type BinCount, boundOf, edgesOf, quantileOf } from '../model/bins.ts';
import { readUsageCounts, type UsageWish } from './usage-counts.ts';

/** Quantiles as `bins.ts` tells them: within 9.1 %. Durations in ms, memory in bytes. */
export interface Distribution {
  /** Attempts of which it was measured. */
  readonly attempts: number;
  readonly total: number;
  readonly mean: number;
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  /** No attempt took more; at most 9.1 % above the largest. */
  readonly max: number;
  /** Without the empty ones, lowest first; a value is at least `low` and below `high`. */
  readonly bins: readonly { readonly low: number; readonly high: number; readonly attempts: number }[];
}

export interface Timing {
  readonly type: string;
  /** That ran to an end of their own, well or badly, or were stopped; not those lost with their worker. */
  readonly attempts: number;
  readonly wall_ms: Distribution;
  /** Null when it was never measured: tasks that run inside the worker have no process of their own. */
  readonly cpu_ms: Distribution | null;
  readonly peak_memory_bytes: Distribution | null;
}

/** By type. Of one job, or of all, also those pruned since. */
export async function readTimings(reader: Reader, wish: UsageWish = {}): Promise<Timing[]> {
  const rows = await readUsageCounts(reader, wish);
  return [...Map.groupBy(rows, ({ type }) => type)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, own]) => {
      const of = (measure: Measure) => describe(own.filter((row) => row.measure === measure));
      const wall_ms = of('wall');
      if (wall_ms === null) return [];
      return [
        { type, attempts: wall_ms.attempts, wall_ms, cpu_ms: of('cpu'), peak_memory_bytes: of('memory') },
      ];
    });
}

type Row = Awaited<ReturnType<typeof readUsageCounts>>[number];

function describe(rows: readonly Row[]): Distribution | null {
  if (rows.length === 0) return null;
  const histogram = rows.map(({ bin, attempts }): BinCount => ({ bin, count: attempts }));
  const attempts = rows.reduce((sum, row) => sum + row.attempts, 0);
  const total = rows.reduce((sum, row) => sum + row.total, 0);
  const quantile = (q: number) => quantileOf(histogram, q) ?? 0;
  return {
    ...{ attempts, total, mean: total / attempts },
    ...{ p5: quantile(0.05), p25: quantile(0.25), p50: quantile(0.5) },
    ...{ p75: quantile(0.75), p95: quantile(0.95), p99: quantile(0.99) },
    max: boundOf(histogram) ?? 0,
    bins: rows.map((row) => ({ ...edgesOf(row.bin), attempts: row.attempts })),
  };
}
