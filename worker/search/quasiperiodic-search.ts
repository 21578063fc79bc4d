/**
 * QATS (Carter & Agol 2013, ApJ 765, 132): transits whose intervals vary within bounds. For each duration and each window of
 * intervals, the best train of transits; of all these, the one that stands out most from what noise gives; and around
 * that one once more, on the finest raster.
 */
import type { Column } from '../../core/light-curve/write-tables.ts';
import { layOnRaster } from './even-raster.ts';
import type { Series } from './folded-boxes.ts';
import { type DurationTrial, intervalWindows } from './interval-windows.ts';
import { MAX_DUTY_CYCLE } from './period-grid.ts';
import { type FoundTrain, refineTrain, type StandingOut } from './refine-train.ts';
import { TrainSpectrum } from './train-spectrum.ts';
import { tryWindows } from './train-trials.ts';
import type { IntervalWindow } from './transit-train.ts';

export interface TrainSearch {
  /** Days. */
  readonly periodMin: number;
  readonly periodMax: number;
  /** Largest relative difference between the intervals of one train. */
  readonly variation: number;
  /** Fewest transits in a train. */
  readonly minCount: number;
  /** The shortest first. */
  readonly durations: readonly DurationTrial[];
  /** Median step of the samples, days. */
  readonly cadence: number;
  /** Called many times a second with the share done; the search goes on when the promise is kept. */
  tick(fraction: number): Promise<void>;
}

export interface TrainSearchResult {
  readonly best: FoundTrain;
  readonly spectrum: Column[];
}

/** Undefined when no window has a train of `minCount` transits. */
export async function searchTrains(
  series: Series,
  search: TrainSearch,
): Promise<TrainSearchResult | undefined> {
  const passes = search.durations.map((duration) => passOf(search, duration));
  const [finest] = passes;
  if (finest === undefined) return undefined;
  const spectrum = new TrainSpectrum(finest.windows, finest.step);
  const total = passes.reduce((sum, { windows, cost }) => sum + windows.length * cost, 0);
  let done = 0;
  let most = Number.NEGATIVE_INFINITY;
  let best: StandingOut | undefined;
  for (const { duration, step, windows, cost } of passes) {
    const raster = layOnRaster(series, search.cadence, duration.perCell);
    let next = 0;
    for (const trials of tryWindows(raster, duration.width, windows, search.minCount)) {
      for (const trial of trials) {
        const to = windows[++next]?.min ?? Number.POSITIVE_INFINITY;
        if (trial.count === 0) continue;
        spectrum.record(trial, duration.width * step, trial.window.min * step, to * step);
        if (trial.sn - trial.background <= most) continue;
        most = trial.sn - trial.background;
        best = { duration, window: trial.window, background: trial.background };
      }
      done += trials.length * cost;
      await search.tick(Math.min(1, done / total));
    }
  }
  const found = best && refineTrain(series, search, best);
  return found && { best: found, spectrum: spectrum.columns() };
}

/** All windows with one duration. */
interface Pass {
  readonly duration: DurationTrial;
  /** Width of a cell, days. */
  readonly step: number;
  readonly windows: readonly IntervalWindow[];
  /** Of one window, in proportion to others. */
  readonly cost: number;
}

/** A duration is tried with periods of which it takes a small share only. */
function passOf({ cadence, periodMin, periodMax, variation }: TrainSearch, duration: DurationTrial): Pass {
  const step = cadence * duration.perCell;
  const min = Math.max(periodMin / step, duration.width / MAX_DUTY_CYCLE);
  const windows = intervalWindows({ min, max: periodMax / step, variation });
  return { duration, step, windows, cost: 1 / step };
}
