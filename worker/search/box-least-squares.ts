/**
 * Box least squares (Kovacs, Zucker & Mazeh 2002, A&A 391, 369) with the conventions of astropy's BoxLeastSquares.
 * Three steps: every period of the grid, on a series averaged to a fraction of the shortest duration; the highest
 * peaks again, finer; the best box once more, exactly, on all samples.
 */

import { at } from '../../core/light-curve/samples.ts';
import { type Box, FoldedBoxes, type Series } from './folded-boxes.ts';
import { boxDurations, MAX_DUTY_CYCLE, type PeriodRange, periodGrid, periodStep } from './period-grid.ts';
import { refineBox } from './refine-box.ts';
import { averageSeries } from './series.ts';
import { highestPeaks, periodsAround } from './spectrum-peaks.ts';

export interface BoxSearch {
  readonly periodMin: number;
  readonly periodMax: number;
  /** Median step of the samples, days. */
  readonly cadence: number;
  /** Called many times a second with the share done; the search goes on when the promise is kept. */
  tick(fraction: number): Promise<void>;
}

export interface BoxSearchResult {
  readonly best: Box;
  readonly periods: Float64Array;
  readonly powers: Float64Array;
}

/** Phase bins per shortest duration, on the grid and around its peaks. */
const GRID_RESOLUTION = 4;
const PEAK_RESOLUTION = 16;
/** The averaged series has this many samples per shortest duration. */
const SAMPLES_PER_DURATION = 8;
/** Samples folded between two ticks. */
const FOLDS_PER_TICK = 4_000_000;

/** The box with the most power. The shortest duration must fit `periodMin`: see `shortestPeriod`. */
export async function searchBoxes(series: Series, search: BoxSearch): Promise<BoxSearchResult> {
  const durations = boxDurations(search.cadence);
  const shortest = at(durations, 0);
  const baseline = at(series.time, series.time.length - 1) - at(series.time, 0);
  const range: PeriodRange = {
    min: search.periodMin,
    max: search.periodMax,
    baseline,
    shortestDuration: shortest,
  };
  const averaged = averageSeries(series, shortest / SAMPLES_PER_DURATION);
  const periods = periodGrid(range);
  const shapes = { durations, objective: 'likelihood', minWeight: 0 } as const;
  const coarse = new FoldedBoxes(averaged, { ...shapes, resolution: GRID_RESOLUTION });
  const powers = new Float64Array(periods.length);
  const perTick = Math.ceil(FOLDS_PER_TICK / averaged.time.length);
  for (let index = 0; index < periods.length; index++) {
    powers[index] = coarse.fit(at(periods, index)).power;
    if (index % perTick === 0) await search.tick(index / periods.length);
  }

  const fine = new FoldedBoxes(averaged, { ...shapes, resolution: PEAK_RESOLUTION });
  const step = periodStep(range);
  let best: Box | undefined;
  for (const peak of highestPeaks(powers)) {
    for (const period of periodsAround(at(periods, peak), { ...range, step })) {
      const box = fine.fit(period);
      if (best === undefined || box.power > best.power) best = box;
    }
    await search.tick(1);
  }
  if (best === undefined) throw new RangeError('the grid has no period');
  return { best: refineBox(series, best, { ...range, step, objective: 'likelihood' }), periods, powers };
}

/** Below this period the shortest box would take too large a share of the phase. */
export function shortestPeriod(cadence: number): number {
  return at(boxDurations(cadence), 0) / MAX_DUTY_CYCLE;
}
