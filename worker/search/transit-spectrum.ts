/**
 * How far the best period stands out from the others: the signal detection efficiency (SDE) of Hippke & Heller (2019),
 * from the lowest chi^2 at each period of the grid.
 */
import { at } from '../../core/light-curve/samples.ts';

/** The running median has this many periods, times the oversampling of the grid. */
const MEDIAN_WIDTH = 30;

export interface TransitSpectrum {
  /** Signal residue: lowest chi^2 of all over chi^2 of the period; 1 at the best. */
  readonly residue: Float64Array;
  /** Less its running median, in standard deviations; its highest value is the SDE. */
  readonly power: Float64Array;
  /** Of the highest power. */
  readonly best: number;
  readonly sde: number;
}

/** A grid of fewer than two widths of the running median keeps its trend. All is 0 where chi^2 is the same everywhere. */
export function transitSpectrum(chiSquares: Float64Array, oversampling: number): TransitSpectrum {
  const lowest = chiSquares.reduce((low, each) => Math.min(low, each), Infinity);
  const residue = chiSquares.map((each) => (each > 0 ? lowest / each : 1));
  const width = oddWidth(oversampling);
  const raw = standardise(residue);
  const trend = residue.length > 2 * width ? runningMedian(raw, width) : new Float64Array(residue.length);
  const power = standardise(raw.map((each, index) => each - at(trend, index)));
  let best = 0;
  for (let index = 1; index < power.length; index++) if (at(power, index) > at(power, best)) best = index;
  return { residue, power, best, sde: at(power, best) };
}

/** Periods that the running median covers. */
export function oddWidth(oversampling: number): number {
  const width = Math.round(oversampling * MEDIAN_WIDTH);
  return width % 2 === 0 ? width + 1 : width;
}

/** In standard deviations from the mean; 0 where all are the same. */
function standardise(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
  return values.map((each) => (deviation > 0 ? (each - mean) / deviation : 0));
}

/** Of an odd width; the first and the last full window stand for the ends. */
export function runningMedian(values: Float64Array, width: number): Float64Array {
  const half = (width - 1) / 2;
  const window = values.slice(0, width).sort();
  const medians = new Float64Array(values.length);
  medians.fill(at(window, half), 0, half + 1);
  for (let middle = half + 1; middle < values.length - half; middle++) {
    replaceSorted(window, at(values, middle - half - 1), at(values, middle + half));
    medians[middle] = at(window, half);
  }
  return medians.fill(at(window, half), values.length - half);
}

/** Takes one value out of sorted ones and puts another in its order. */
function replaceSorted(sorted: Float64Array, old: number, fresh: number): void {
  let place = sorted.indexOf(old);
  for (; place > 0 && at(sorted, place - 1) > fresh; place--) sorted[place] = at(sorted, place - 1);
  for (; place < sorted.length - 1 && at(sorted, place + 1) < fresh; place++)
    sorted[place] = at(sorted, place + 1);
  sorted[place] = fresh;
}
