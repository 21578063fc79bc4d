/**
 * The best transit of a curve folded at one period: the inner loop of transit least squares (Hippke & Heller 2019).
 *
 * A template of each possible width slides over the samples in order of phase. Its depth is not fitted: it is the mean
 * loss of light in the window over that of the template. With losses x = 1 - flux, weights w and
 * the template s scaled to the depth d, chi^2 falls from its value without a transit by d (2 sum(w x s) - d sum(w s^2)).
 * All windows are compared with the template drawn by straight lines, the best one of each width with the template itself.
 */
import { PhaseOrder } from './phase-order.ts';
import { RunningSums, weigh } from './running-sums.ts';
import type { Template } from './transit-template.ts';

/** Usable samples in order of time. */
export interface LossSeries {
  /** Days, from 0. */
  readonly time: Float64Array;
  /** 1 - flux, the flux being 1 out of transit. */
  readonly loss: Float64Array;
  /** 1 / uncertainty^2, or 1 for all where uncertainties are not known. */
  readonly weight: Float64Array;
}

export interface FoldedTransit {
  /** By how much chi^2 is lower than without a transit; 0 where no transit was found. */
  gain: number;
  /** Of mid-transit, in turns from time 0. */
  phase: number;
  /** From first to fourth contact, in turns. */
  duration: number;
  depth: number;
}

export interface FoldedSearch {
  /** Ascending in width. */
  readonly templates: readonly Template[];
  /** Shallower windows are not fitted. */
  readonly minDepth: number;
  /** A template moves on by this share of its width, but at least by one sample. */
  readonly margin: number;
}

/** A window seen through straight lines is looked at when it may still be the best: their error in the gain is below this. */
const SCREENED_SHARE = 0.95;

export class FoldedTransits {
  readonly #series: LossSeries;
  readonly #search: FoldedSearch;
  /** The weight of all samples, where it is the same. */
  readonly #weightOfAll: number | undefined;
  readonly #order: PhaseOrder;
  /** Samples in order, continued past the end by the widest template. */
  readonly #loss: Float64Array;
  readonly #weight: Float64Array;
  readonly #losses: RunningSums;
  readonly #squares: RunningSums;
  readonly #weights: RunningSums;

  constructor(series: LossSeries, search: FoldedSearch) {
    this.#series = series;
    this.#search = search;
    const first = series.weight[0];
    this.#weightOfAll = series.weight.every((each) => each === first) ? first : undefined;
    this.#order = new PhaseOrder(series.time);
    const length = series.time.length + (search.templates.at(-1)?.width ?? 0);
    this.#loss = new Float64Array(length);
    this.#weight = new Float64Array(length);
    this.#losses = new RunningSums(length);
    this.#squares = new RunningSums(length);
    this.#weights = new RunningSums(length);
    if (this.#weightOfAll !== undefined) this.#weight.fill(this.#weightOfAll);
  }

  /** The best transit with a width (samples) from `min` to `max`. */
  fit(period: number, { min, max }: { min: number; max: number }): FoldedTransit {
    this.#fold(period);
    const best: FoldedTransit = { gain: 0, phase: 0, duration: 0, depth: 0 };
    for (const template of this.#search.templates) {
      if (template.width < min || template.width > max) continue;
      const least = SCREENED_SHARE * best.gain;
      const start =
        this.#weightOfAll === undefined
          ? this.#screenWeighted(template, least)
          : this.#screen(template, least / this.#weightOfAll);
      if (start < 0) continue;
      const { gain, depth } = this.fitWindow(start, template);
      if (gain <= best.gain) continue;
      const from = this.#order.phaseAt(start);
      const to = this.#order.phaseAt(start + template.width - 1);
      best.gain = gain;
      best.depth = depth;
      best.phase = (from + to) / 2;
      best.duration = ((to - from) * template.width) / (template.width - 1);
    }
    return best;
  }

  /** The template itself at one window of the last folded period. */
  fitWindow(start: number, { width, loss }: Template): { gain: number; depth: number } {
    let measured = 0;
    let expected = 0;
    let product = 0;
    let square = 0;
    for (let sample = 0; sample < width; sample++) {
      const weight = this.#weight[start + sample] ?? 0;
      const here = weight * (this.#loss[start + sample] ?? 0);
      const shape = loss[sample] ?? 0;
      measured += here;
      expected += weight * shape;
      product += here * shape;
      square += weight * shape * shape;
    }
    const depth = measured / expected;
    return { gain: depth * (2 * product - depth * square), depth };
  }

  #fold(period: number): void {
    const { loss, weight } = this.#series;
    const { index } = this.#order;
    this.#order.fold(period);
    const count = index.length;
    for (let place = 0; place < this.#loss.length; place++) {
      const sample = index[place < count ? place : place - count] ?? 0;
      this.#loss[place] = loss[sample] ?? 0;
      if (this.#weightOfAll === undefined) this.#weight[place] = weight[sample] ?? 0;
    }
    if (this.#weightOfAll !== undefined) {
      this.#losses.take(this.#loss);
      this.#squares.takeProducts(this.#loss, this.#loss);
      return;
    }
    this.#losses.takeProducts(this.#loss, this.#weight);
    this.#weights.take(this.#weight);
  }

  /**
   * For samples that weigh the same, which is then left out of the gain.
   * Where the template's best window begins; -1 where none is deep enough, or gains more than `least`. By the inequality
   * of Cauchy and Schwarz sum(x s)^2 is at most sum(x^2) sum(s^2), so that with d^2 sum(s^2) = `fitted` the gain is at
   * most 2 sqrt(sum(x^2) fitted) - fitted: few windows can be the best, and need a closer look.
   */
  #screen({ width, sum, sumOfSquares, bends }: Template, least: number): number {
    const { totals, ramps } = this.#losses;
    const squares = this.#squares.totals;
    const { minDepth, margin } = this.#search;
    const stride = Math.max(1, Math.floor(width * margin));
    const shallow = minDepth * width;
    const perSquare = sumOfSquares / (sum * sum);
    const count = this.#order.index.length;
    let bestGain = least;
    let bestStart = -1;
    for (let start = 0; start < count; start += stride) {
      const measured = (totals[start + width] ?? 0) - (totals[start] ?? 0);
      if (measured <= shallow) continue;
      const fitted = measured * measured * perSquare;
      const available = (squares[start + width] ?? 0) - (squares[start] ?? 0);
      if (4 * available * fitted < (bestGain + fitted) ** 2) continue;
      const depth = measured / sum;
      const gain = depth * (2 * weigh(bends, ramps, start) - depth * sumOfSquares);
      if (gain <= bestGain) continue;
      bestGain = gain;
      bestStart = start;
    }
    return bestStart;
  }

  #screenWeighted({ width, bends, bendsOfSquare }: Template, least: number): number {
    const losses = this.#losses;
    const weights = this.#weights;
    const { minDepth, margin } = this.#search;
    const stride = Math.max(1, Math.floor(width * margin));
    let bestGain = least;
    let bestStart = -1;
    for (let start = 0; start < this.#order.index.length; start += stride) {
      const measured = (losses.totals[start + width] ?? 0) - (losses.totals[start] ?? 0);
      const inside = (weights.totals[start + width] ?? 0) - (weights.totals[start] ?? 0);
      if (measured <= minDepth * inside) continue;
      const depth = measured / weigh(bends, weights.ramps, start);
      const product = weigh(bends, losses.ramps, start);
      if (2 * depth * product <= bestGain) continue;
      const gain = depth * (2 * product - depth * weigh(bendsOfSquare, weights.ramps, start));
      if (gain <= bestGain) continue;
      bestGain = gain;
      bestStart = start;
    }
    return bestStart;
  }
}
