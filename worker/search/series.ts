/**
 * Samples made ready for a search: flagged ones left out, weights from the uncertainties, mean flux 0.
 * Where an uncertainty is not known, all samples weigh the same, by the scatter of the curve itself.
 */

import { dropFlagged, type LightCurve } from '../../core/light-curve/light-curve.ts';
import { median } from '../../core/light-curve/samples.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Series } from './folded-boxes.ts';

/** The standard deviation of a normal distribution, in units of its median absolute deviation. */
const SIGMA_PER_DEVIATION = 1.4826;

/** Throws EaselError, naming the curve, when there is nothing to search: no usable samples, or a constant flux. */
export function seriesOf(curve: LightCurve, name: string): Series {
  const { time, flux, uncertainty } = dropFlagged(curve, name);
  const first = flux[0] ?? 0;
  if (flux.every((each) => each === first)) {
    throw new EaselError('task', `${name}: the flux is the same everywhere, there is nothing to search for`);
  }
  const weight = uncertainty.every((sigma) => sigma > 0)
    ? uncertainty.map((sigma) => 1 / (sigma * sigma))
    : new Float64Array(flux.length).fill(1 / scatterOf(flux) ** 2);
  const totalWeight = weight.reduce((sum, each) => sum + each, 0);
  const mean = flux.reduce((sum, each, index) => sum + each * (weight[index] ?? 0), 0) / totalWeight;
  return { time, flux: flux.map((each) => each - mean), weight, totalWeight };
}

/** The series in bins of `width` days, each at the weighted mean of its times; as it is where that saves little. */
export function averageSeries(series: Series, width: number): Series {
  const { time, flux, weight, totalWeight } = series;
  const means = { time: new Float64Array(time.length), flux: new Float64Array(time.length) };
  const weights = new Float64Array(time.length);
  let rows = 0;
  for (let index = 0; index < time.length; rows++) {
    const end = (time[index] ?? 0) + width;
    let sum = 0;
    let moment = 0;
    let brightness = 0;
    for (; index < time.length && (time[index] ?? 0) < end; index++) {
      sum += weight[index] ?? 0;
      moment += (weight[index] ?? 0) * (time[index] ?? 0);
      brightness += (weight[index] ?? 0) * (flux[index] ?? 0);
    }
    means.time[rows] = moment / sum;
    means.flux[rows] = brightness / sum;
    weights[rows] = sum;
  }
  if (rows > time.length / 2) return series;
  return {
    time: means.time.slice(0, rows),
    flux: means.flux.slice(0, rows),
    weight: weights.slice(0, rows),
    totalWeight,
  };
}

/** Robust against the transits themselves; where most samples are equal, the plain standard deviation. */
function scatterOf(flux: Float64Array): number {
  const middle = median(flux);
  const robust = SIGMA_PER_DEVIATION * median(flux.map((each) => Math.abs(each - middle)));
  if (robust > 0) return robust;
  return Math.sqrt(flux.reduce((sum, each) => sum + (each - middle) ** 2, 0) / flux.length);
}
