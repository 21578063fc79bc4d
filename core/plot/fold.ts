/**
 * A light curve folded at a period: phases in days from the middle of the transit, and means over bins of the phase.
 * Pure arithmetic; fold-chart.ts draws it.
 */
import { at } from '../light-curve/samples.ts';
import type { Series } from './columns.ts';

export interface Folding {
  /** Days. */
  readonly period: number;
  /** Middle of any transit, days on the time axis of the curve. */
  readonly t0: number;
}

export interface Bin {
  /** Middle, days. */
  readonly phase: number;
  readonly mean: number;
  /** One standard error of the mean; 0 when there is one sample. */
  readonly error: number;
  readonly samples: number;
}

/** From `-period / 2` up to `period / 2`. */
export function phaseOf(time: number, { period, t0 }: Folding): number {
  const turns = (time - t0) / period;
  return (turns - Math.floor(turns + 0.5)) * period;
}

/** Samples whose phase is within `halfWidth` days of the transit's middle, in the order of their times. */
export function foldSeries({ x, y }: Series, folding: Folding, halfWidth: number): Series {
  const phases = x.map((time) => phaseOf(time, folding));
  const inside = (phase: number) => Math.abs(phase) <= halfWidth;
  return { x: phases.filter(inside), y: y.filter((_, index) => inside(at(phases, index))) };
}

/** `count` bins of equal width between `-halfWidth` and `halfWidth`; those without a sample are left out. */
export function binPhases({ x, y }: Series, halfWidth: number, count: number): Bin[] {
  const samples = new Float64Array(count);
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  const binOf = (phase: number) =>
    Math.min(count - 1, Math.max(0, Math.floor(((phase + halfWidth) / (2 * halfWidth)) * count)));
  x.forEach((phase, index) => {
    const bin = binOf(phase);
    samples[bin] = at(samples, bin) + 1;
    sums[bin] = at(sums, bin) + at(y, index);
  });
  x.forEach((phase, index) => {
    const bin = binOf(phase);
    squares[bin] = at(squares, bin) + (at(y, index) - at(sums, bin) / at(samples, bin)) ** 2;
  });
  return Array.from(samples, (size, bin): Bin => {
    const phase = ((bin + 0.5) / count) * 2 * halfWidth - halfWidth;
    const error = size < 2 ? 0 : Math.sqrt(at(squares, bin) / (size - 1) / size);
    return { phase, mean: at(sums, bin) / size, error, samples: size };
  }).filter(({ samples: size }) => size > 0);
}

/**
 * The middle of the deepest window of a transit's usual length, between 0 and the period, on the time axis of the curve: for curves
 * whose mid-transit nobody knows.
 */
export function deepestTime(series: Series, period: number): number {
  const wanted = Math.ceil((period / usualDuration(period)) * BINS_PER_TRANSIT);
  const count = Math.min(MOST_SEARCH_BINS, Math.max(FEWEST_SEARCH_BINS, wanted));
  const folded = foldSeries(series, { period, t0: 0 }, period);
  const bins: (Bin | undefined)[] = new Array(count).fill(undefined);
  for (const bin of binPhases(folded, period / 2, count))
    bins[Math.floor((bin.phase / period + 0.5) * count)] = bin;
  let lowest = Infinity;
  let middle = 0;
  for (let first = 0; first < count; first++) {
    const window = Array.from({ length: BINS_PER_TRANSIT }, (_, step) => bins[(first + step) % count]);
    const there = window.filter((bin) => bin !== undefined);
    const samples = there.reduce((sum, bin) => sum + bin.samples, 0);
    const mean = there.reduce((sum, bin) => sum + bin.mean * bin.samples, 0) / samples;
    if (mean < lowest) [lowest, middle] = [mean, first + BINS_PER_TRANSIT / 2];
  }
  return ((middle / count - 0.5 + 1) % 1) * period;
}

const BINS_PER_TRANSIT = 5;
const FEWEST_SEARCH_BINS = 20;
const MOST_SEARCH_BINS = 4_000;

/** Days that a central transit of a star like the Sun takes: 13 h (P / 1 year)^(1/3). */
function usualDuration(period: number): number {
  return (13 / 24) * Math.cbrt(period / 365.25);
}

/** Days on each side of the transit that show it with twice as much around it, and no more than half a period. */
export function usualHalfWidth(period: number): number {
  return Math.min(period / 2, 2.5 * usualDuration(period));
}
