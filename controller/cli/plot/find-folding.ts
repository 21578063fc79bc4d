/** The period and the mid-transit that a curve is folded at: as given, as the curve was made, or as a search of it has found. */

import type { LightCurve, Metadata } from '../../../core/light-curve/light-curve.ts';
import { EaselError } from '../../../core/model/errors.ts';
import { toPlain } from '../../../core/model/values.ts';
import { deepestTime, type Folding } from '../../../core/plot/fold.ts';
import { splitFlagged } from '../../../core/plot/light-curve-chart.ts';
import { formatNumber } from '../../../core/plot/ticks.ts';
import type { ReadBy } from '../../../core/store/product-views.ts';

export interface FoldingSources {
  readonly name: string;
  readonly curve: LightCurve;
  /** Of the file and its product. */
  readonly metadata: Metadata;
  /** The tasks that read the curve. */
  readonly readers: readonly ReadBy[];
  readonly period: number | undefined;
  readonly t0: number | undefined;
}

export interface FoundFolding {
  readonly folding: Folding;
  /** Where the numbers are from, for people. */
  readonly remarks: readonly string[];
}

interface Found {
  readonly value: number;
  readonly t0: number | undefined;
  readonly from: string | undefined;
}

export function findFolding(sources: FoldingSources): FoundFolding {
  const { name, curve, t0 } = sources;
  const found = periodOf(sources);
  if (found === undefined)
    throw new EaselError(
      'usage',
      `${name}: no period is known, neither in its metadata nor from a search that read it: give --period DAYS (and --t0 DAYS)`,
    );
  const period = found.value;
  const middle = t0 ?? found.t0 ?? deepestTime(splitFlagged(curve).used, period);
  const remarks = found.from === undefined ? [] : [`period ${formatNumber(period)} d: ${found.from}`];
  if (t0 === undefined) {
    const why = found.t0 === undefined ? 'where the folded curve is lowest' : 'from the same place';
    remarks.push(`mid-transit ${formatNumber(middle)} d: ${why}`);
  }
  return { folding: { period, t0: middle }, remarks };
}

function periodOf({ period, metadata, readers }: FoldingSources): Found | undefined {
  const t0 = positive(metadata.t0) ?? (metadata.t0 === 0 ? 0 : undefined);
  if (period !== undefined) return { value: period, t0: undefined, from: undefined };
  const made = positive(metadata.orbital_period);
  if (made !== undefined) return { value: made, t0, from: '`orbital_period` of its metadata' };
  const own = positive(metadata.period);
  if (own !== undefined) return { value: own, t0, from: '`period` of its metadata' };
  return readers.map(foundBy).find((each) => each !== undefined);
}

function foundBy({ task_id, type, metadata }: ReadBy): Found | undefined {
  const published = toPlain(metadata) as Metadata;
  const value = positive(published.period);
  if (value === undefined) return undefined;
  return { value, t0: positive(published.t0), from: `found by task ${task_id} (${type})` };
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
