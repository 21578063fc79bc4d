/**
 * The best box of a series folded at one period, from phase bins: the inner loop of the search.
 *
 * The objective is astropy's `likelihood`: half the weight in transit times the square of the difference between the
 * mean fluxes out of and in transit, for dips only. With weights 1 / sigma^2 it is a log-likelihood.
 */

import { at } from '../../core/light-curve/samples.ts';
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
  readonly power: number;
  readonly duration: number;
  /** Middle of the first transit. */
  readonly transitTime: number;
}

/** Boxes start at every bin for the shortest, and at a quarter of their width for longer ones. */
const STARTS_PER_BOX = 4;

export class FoldedBoxes {
  readonly #series: Series;
  /** Weight times flux of each sample. */
  readonly #moments: Float64Array;
  readonly #durations: Float64Array;
  readonly #binWidth: number;
  #weights = new Float64Array(0);
  #sums = new Float64Array(0);

  /** `resolution`: bins per shortest duration. */
  constructor(series: Series, durations: Float64Array, resolution: number) {
    this.#series = series;
    this.#moments = series.flux.map((flux, index) => flux * (series.weight[index] ?? 0));
    this.#durations = durations;
    this.#binWidth = (durations[0] ?? 0) / resolution;
  }

  fit(period: number): Box {
    const { totalWeight } = this.#series;
    const bins = Math.ceil(period / this.#binWidth);
    this.#accumulate(period, bins);
    const weights = this.#weights;
    const sums = this.#sums;
    // The best score is kept as a fraction, and compared without a division; a rise has a negative one.
    let dividend = 0;
    let divisor = 1;
    let bestStart = 0;
    let bestWidth = 0;
    const durations = countDurations(this.#durations, period);
    for (let each = 0; each < durations; each++) {
      const width = this.#widthOf(this.#durations[each] ?? 0, period, bins);
      const stride = Math.max(1, Math.floor(width / STARTS_PER_BOX));
      for (let start = 0; start < bins; start += stride) {
        const sum = (sums[start + width] ?? 0) - (sums[start] ?? 0);
        const inside = (weights[start + width] ?? 0) - (weights[start] ?? 0);
        const outside = totalWeight - inside;
        if (outside < inside) continue; // as at a period of the nights: all is in the box, and what is left is rounding
        const signedSquare = -sum * Math.abs(sum);
        const product = inside * outside * outside;
        if (signedSquare * divisor <= dividend * product) continue;
        dividend = signedSquare;
        divisor = product;
        bestStart = start;
        bestWidth = width;
      }
    }
    const scale = period / bins;
    return {
      period,
      power: (0.5 * totalWeight * totalWeight * dividend) / divisor,
      duration: bestWidth * scale,
      transitTime: ((bestStart + bestWidth / 2) * scale) % period,
    };
  }

  #widthOf(duration: number, period: number, bins: number): number {
    return Math.min(bins - 1, Math.max(1, Math.round((duration / period) * bins)));
  }

  /** Running sums over the bins, continued past the end by the longest box so that none needs to wrap. */
  #accumulate(period: number, bins: number): void {
    const longest = at(this.#durations, countDurations(this.#durations, period) - 1);
    const overlap = this.#widthOf(longest, period, bins);
    const length = bins + overlap + 1;
    if (this.#sums.length < length) {
      this.#weights = new Float64Array(2 * length);
      this.#sums = new Float64Array(2 * length);
    }
    const weights = this.#weights.fill(0, 0, length);
    const sums = this.#sums.fill(0, 0, length);
    const { time, weight } = this.#series;
    foldInto({ time, weight, moments: this.#moments, weights, sums }, period, bins);
    for (let bin = 1; bin <= bins; bin++) {
      weights[bin] = (weights[bin - 1] ?? 0) + (weights[bin] ?? 0);
      sums[bin] = (sums[bin - 1] ?? 0) + (sums[bin] ?? 0);
    }
    const weightOfAll = weights[bins] ?? 0;
    const sumOfAll = sums[bins] ?? 0;
    for (let bin = bins + 1; bin < length; bin++) {
      weights[bin] = weightOfAll + (weights[bin - bins] ?? 0);
      sums[bin] = sumOfAll + (sums[bin - bins] ?? 0);
    }
  }
}

interface Fold {
  readonly time: Float64Array;
  readonly weight: Float64Array;
  readonly moments: Float64Array;
  readonly weights: Float64Array;
  readonly sums: Float64Array;
}

/** Adds every sample to the element after its bin, so that running sums start at 0. */
function foldInto({ time, weight, moments, weights, sums }: Fold, period: number, bins: number): void {
  const frequency = 1 / period;
  for (let index = 0; index < time.length; index++) {
    const turns = (time[index] ?? 0) * frequency;
    const bin = ((turns - Math.floor(turns)) * bins + 1) | 0;
    weights[bin] = (weights[bin] ?? 0) + (weight[index] ?? 0);
    sums[bin] = (sums[bin] ?? 0) + (moments[index] ?? 0);
  }
}
