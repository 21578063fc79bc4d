/**
 * The train that stood out, again: on the finest raster, with every duration, in the intervals of its window alone. Its
 * times, its depth and its signal to noise are the ones reported.
 */
import { at } from '../../core/light-curve/samples.ts';
import { type EvenRaster, layOnRaster, sumBoxes } from './even-raster.ts';
import type { Series } from './folded-boxes.ts';
import { type DurationTrial, intervalWindows } from './interval-windows.ts';
import { MAX_DUTY_CYCLE } from './period-grid.ts';
import { type IntervalWindow, scoreTrains, traceTrain } from './transit-train.ts';

/** Which of the trials is refined. */
export interface StandingOut {
  readonly duration: DurationTrial;
  readonly window: IntervalWindow;
  readonly background: number;
}

/** Times in days. */
export interface FoundTrain {
  /** Mean interval. */
  readonly period: number;
  readonly intervalMin: number;
  readonly intervalMax: number;
  /** Of transits, those in gaps included. */
  readonly count: number;
  /** Middle of the first and of the last one. */
  readonly first: number;
  readonly last: number;
  readonly duration: number;
  /** Mean relative flux out of transit minus that in transit. */
  readonly depth: number;
  readonly sn: number;
  /** What `sn` is without transits, as the trial found it. */
  readonly background: number;
}

export interface Refinement {
  readonly durations: readonly DurationTrial[];
  readonly cadence: number;
  readonly variation: number;
  readonly minCount: number;
}

interface Candidate {
  readonly sn: number;
  readonly count: number;
  readonly width: number;
  readonly boxes: Float64Array;
  readonly window: IntervalWindow;
}

/** Undefined when no train on the finest raster has `minCount` transits. */
export function refineTrain(
  series: Series,
  { durations, cadence, variation, minCount }: Refinement,
  { duration, window, background }: StandingOut,
): FoundTrain | undefined {
  const perCell = Math.min(...durations.map((each) => each.perCell));
  const raster = layOnRaster(series, cadence, perCell);
  const ratio = duration.perCell / perCell;
  const range = { min: window.min * ratio, max: window.max * ratio, variation };
  const row = new Float64Array(raster.dips.length);
  let best: Candidate | undefined;
  for (const each of durations) {
    const width = Math.round((each.width * each.perCell) / perCell);
    if (width > MAX_DUTY_CYCLE * range.min) continue;
    const boxes = sumBoxes(raster.dips, width);
    for (const trial of intervalWindows(range)) {
      const { score, count } = scoreTrains(boxes, trial, minCount, row);
      const sn = score / (raster.sigma * Math.sqrt(width));
      if (count > 0 && (best === undefined || sn > best.sn))
        best = { sn, count, width, boxes, window: trial };
    }
  }
  return best && { ...measure(raster, best), background };
}

function measure(raster: EvenRaster, { sn, count, width, boxes, window }: Candidate) {
  const starts = traceTrain(boxes, window, count);
  const intervals = Array.from(starts.subarray(1), (start, index) => start - (starts[index] ?? 0));
  const first = starts[0] ?? 0;
  const last = starts[count - 1] ?? 0;
  const middle = (start: number): number => raster.start + (start + width / 2) * raster.step;
  return {
    period: ((last - first) * raster.step) / (count - 1),
    intervalMin: Math.min(...intervals) * raster.step,
    intervalMax: Math.max(...intervals) * raster.step,
    count,
    first: middle(first),
    last: middle(last),
    duration: width * raster.step,
    depth: depthOf(raster, starts, width),
    sn,
  };
}

/** From the samples that there are; 0 where a train lies in gaps alone. */
function depthOf({ dips, coverage }: EvenRaster, starts: Int32Array, width: number): number {
  const total = coverage.reduce((sum, each) => sum + each, 0);
  let missing = 0;
  let inside = 0;
  for (const start of starts) {
    for (let cell = start; cell < start + width; cell++) {
      missing += at(dips, cell);
      inside += at(coverage, cell);
    }
  }
  return inside > 0 && inside < total ? (missing / inside) * (total / (total - inside)) : 0;
}
