/**
 * A series on an even raster, as QATS needs it. A cell is a whole number of cadences; what is missing in it (gaps, flagged
 * samples) counts as the mean flux of the curve, so that it adds nothing to a transit laid over it, and takes nothing away.
 */
import { median } from '../../core/light-curve/samples.ts';
import type { Series } from './folded-boxes.ts';

export interface EvenRaster {
  /** Where the first cell begins, days. */
  readonly start: number;
  /** Width of a cell, days. */
  readonly step: number;
  /** Per cell: mean flux of the curve minus that of the cell, times the coverage. Their sum is 0 on an evenly sampled curve. */
  readonly dips: Float64Array;
  /** Per cell: the share of its samples that there are, at most 1. */
  readonly coverage: Float64Array;
  /** White noise of a full cell, one standard deviation: from the median uncertainty, which a few bad samples do not raise. */
  readonly sigma: number;
}

/** @param cadence days; @param perCell cadences in a cell */
export function layOnRaster(series: Series, cadence: number, perCell: number): EvenRaster {
  const { time, flux, weight } = series;
  const first = time[0] ?? 0;
  const cellOf = (index: number): number =>
    Math.floor(Math.round(((time[index] ?? 0) - first) / cadence) / perCell);
  const cells = cellOf(time.length - 1) + 1;
  const dips = new Float64Array(cells);
  const coverage = new Float64Array(cells);
  const mean = flux.reduce((sum, each) => sum + each, 0) / flux.length;
  for (let index = 0; index < time.length; index++) {
    const cell = cellOf(index);
    dips[cell] = (dips[cell] ?? 0) + mean - (flux[index] ?? 0);
    coverage[cell] = (coverage[cell] ?? 0) + 1;
  }
  for (let cell = 0; cell < cells; cell++) {
    const samples = coverage[cell] ?? 0;
    dips[cell] = (dips[cell] ?? 0) / Math.max(perCell, samples); // where samples are denser, their mean
    coverage[cell] = Math.min(1, samples / perCell);
  }
  const sigma = 1 / Math.sqrt(median(weight) * perCell);
  return { start: first - cadence / 2, step: cadence * perCell, dips, coverage, sigma };
}

/** Sums of `width` neighbouring values, from each one on that has so many. */
export function sumBoxes(values: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(Math.max(0, values.length - width + 1));
  for (let start = 0; start < sums.length; start++) {
    let sum = 0;
    for (let offset = 0; offset < width; offset++) sum += values[start + offset] ?? 0;
    sums[start] = sum;
  }
  return sums;
}
