/**
 * Which periods and durations a box search tries.
 *
 * Between neighbouring frequencies a transit drifts, over the whole baseline, by a fixed share of the shortest duration:
 * df = DRIFT x duration x f / baseline. astropy's `autoperiod` (df = duration / baseline^2) takes the drift of the
 * longest possible period for all, which is many times finer than short periods need; here the step grows with
 * the frequency, and no period is further than half a step from the grid.
 */
import { at } from '../../core/light-curve/samples.ts';

const DRIFT = 0.4;

const SHORTEST_DURATION = 0.04;
const LONGEST_DURATION = 0.6;
const DURATION_RATIO = 1.4;
/** A box needs at least two samples. */
const MIN_SAMPLES_IN_BOX = 2;

/** A transit takes no more than this share of its period. */
export const MAX_DUTY_CYCLE = 0.2;

/** Ascending, days: one to fifteen hours, in steps of 1.4; the shortest is at least two cadences. */
export function boxDurations(cadence: number): Float64Array {
  const durations: number[] = [];
  let duration = Math.max(SHORTEST_DURATION, MIN_SAMPLES_IN_BOX * cadence);
  do {
    durations.push(duration);
    duration *= DURATION_RATIO;
  } while (duration <= LONGEST_DURATION);
  return Float64Array.from(durations);
}

export interface PeriodRange {
  readonly min: number;
  readonly max: number;
  /** Time from the first to the last sample. */
  readonly baseline: number;
  readonly shortestDuration: number;
}

/** Ascending, days; both ends included. */
export function periodGrid(range: PeriodRange): Float64Array {
  const { min, max } = range;
  const steps = Math.ceil(Math.log(max / min) / periodStep(range));
  const grid = new Float64Array(steps + 1);
  for (let index = 0; index <= steps; index++)
    grid[index] = min * (max / min) ** (index / Math.max(1, steps));
  grid[steps] = max;
  return grid;
}

/** How far apart neighbouring periods are, relative to the period. */
export function periodStep({ baseline, shortestDuration }: PeriodRange): number {
  return (DRIFT * shortestDuration) / baseline;
}

/** How many of the durations (ascending) are short enough for a period; at least one. */
export function countDurations(durations: Float64Array, period: number): number {
  let count = 1;
  while (count < durations.length && at(durations, count) <= MAX_DUTY_CYCLE * period) count++;
  return count;
}
