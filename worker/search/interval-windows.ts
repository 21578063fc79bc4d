/**
 * Which intervals between transits, and which durations, QATS tries, in cells of a raster.
 *
 * `variation` is the largest relative difference between the shortest and the longest interval of a train. The windows
 * [P, P (1 + variation)] follow one another in steps of half their width, so that intervals that differ by half of
 * `variation` lie in one window wherever they begin. A window holds two neighbouring numbers of cells at least: no train of
 * a period that is not a whole number of cells would fit less.
 */
import type { IntervalWindow } from './transit-train.ts';

/** A cell is at most this share of a duration. */
const CELLS_PER_DURATION = 4;

export interface IntervalRange {
  /** Cells, not necessarily whole. */
  readonly min: number;
  readonly max: number;
  readonly variation: number;
}

/** Ascending; what lies between `min` and `max` is in one window at least. None where `max` is not above `min`. */
export function intervalWindows({ min, max, variation }: IntervalRange): IntervalWindow[] {
  const windows: IntervalWindow[] = [];
  const end = Math.ceil(max - ROUNDING);
  for (let lowest = Math.floor(min + ROUNDING); lowest < end; ) {
    // Half a cell for the rounding of the starts: left out only where a cell is coarser than the variation.
    const width = Math.ceil(lowest * variation + 0.5);
    windows.push({ min: lowest, max: Math.min(lowest + width, end) });
    lowest = Math.max(lowest + 1, Math.floor(lowest * Math.sqrt(1 + variation)));
  }
  return windows;
}

/** Days over days, as 4 / 0.01, need not be whole though they should. */
const ROUNDING = 1e-6;

/** A box of `width` cells of `perCell` cadences each. */
export interface DurationTrial {
  readonly perCell: number;
  readonly width: number;
}

/** Even steps from `min` to `max` (days), each on the coarsest raster that resolves it; none twice, the shortest first. */
export function durationTrials(cadence: number, min: number, max: number, count: number): DurationTrial[] {
  const trials = new Map<number, DurationTrial>();
  for (let index = 0; index < count; index++) {
    const cadences = (min + (count === 1 ? 0 : ((max - min) * index) / (count - 1))) / cadence;
    const perCell = Math.max(1, Math.floor(cadences / CELLS_PER_DURATION + ROUNDING));
    const width = Math.round(cadences / perCell);
    if (!trials.has(width * perCell)) trials.set(width * perCell, { perCell, width });
  }
  return [...trials.values()];
}
