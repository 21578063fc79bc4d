/**
 * The best box of a series folded at one period, from phase bins. What it is judged by is the objective's matter:
 * see box-windows.ts.
 */

import { at } from '../../core/light-curve/samples.ts';
import { findBestWindow, type Objective, profileLength, sumUp } from './box-windows.ts';
import { countDurations } from './period-grid.ts';

/** Samples with weights; `flux` has a weighted mean of 0, times begin near 0. */
export interface Series {
  readonly time: Float64Array;
  readonly flux: Float64Array;
  readonly weight: Float64Array;
  readonly totalWeight: number;
}

export interface Box {
  readonly period: number;
  /** By the objective of the search. */
  readonly power: number;
  readonly duration: number;
  /** Middle of the first transit. */
  readonly transitTime: number;
}

export interface BoxShapes {
  /** Days, ascending. */
  readonly durations: Float64Array;
  /** Bins per shortest duration. */
  readonly resolution: number;
  readonly objective: Objective;
  /** A box with less weight than this is passed over. */
  readonly minWeight: number;
}

export class FoldedBoxes {
  readonly #series: Series;
  readonly #shapes: BoxShapes;
  /** Weight times flux of each sample. */
  readonly #moments: Float64Array;
  readonly #binWidth: number;
  #profile = new Float64Array(0);

  constructor(series: Series, shapes: BoxShapes) {
    this.#series = series;
    this.#shapes = shapes;
    this.#moments = series.flux.map((flux, index) => flux * (series.weight[index] ?? 0));
    this.#binWidth = at(shapes.durations, 0) / shapes.resolution;
  }

  fit(period: number): Box {
    const { durations, objective, minWeight } = this.#shapes;
    const { totalWeight } = this.#series;
    const bins = Math.ceil(period / this.#binWidth);
    const usable = durations.subarray(0, countDurations(durations, period));
    const widths = Array.from(usable, (duration) => widthOf(duration, period, bins));
    const longest = widths.at(-1) ?? 1;
    this.#makeRoom(profileLength(bins, longest));
    const { time, weight } = this.#series;
    foldInto({ time, weight, moments: this.#moments, profile: this.#profile }, period, bins);
    sumUp(this.#profile, bins, longest);
    const best = findBestWindow(this.#profile, bins, widths, { objective, totalWeight, minWeight });
    const scale = period / bins;
    return {
      period,
      power: best.score,
      duration: best.width * scale,
      transitTime: ((best.start + best.width / 2) * scale) % period,
    };
  }

  #makeRoom(length: number): void {
    if (this.#profile.length < length) this.#profile = new Float64Array(2 * length);
    this.#profile.fill(0, 0, length);
  }
}

function widthOf(duration: number, period: number, bins: number): number {
  return Math.min(bins - 1, Math.max(1, Math.round((duration / period) * bins)));
}

interface Fold {
  readonly time: Float64Array;
  readonly weight: Float64Array;
  readonly moments: Float64Array;
  readonly profile: Float64Array;
}

/** Adds every sample to the pair after its bin, so that running sums start at 0. */
function foldInto({ time, weight, moments, profile }: Fold, period: number, bins: number): void {
  const frequency = 1 / period;
  for (let index = 0; index < time.length; index++) {
    const turns = (time[index] ?? 0) * frequency;
    const pair = 2 * (((turns - Math.floor(turns)) * bins + 1) | 0);
    profile[pair] = (profile[pair] ?? 0) + (weight[index] ?? 0);
    profile[pair + 1] = (profile[pair + 1] ?? 0) + (moments[index] ?? 0);
  }
}
