/**
 * A light curve in memory: four columns of equal length, one row per sample, times strictly ascending.
 * Times are days from the start of the curve, fluxes are relative to the star out of transit.
 * A sample with a flag other than 0 is not used in any computation; an uncertainty of 0 means *not known*.
 * On disk times are seconds: only the reader and the writer know that.
 */
import { EaselError } from '../model/errors.ts';
import type { Plain } from '../model/values.ts';
import { at, median } from './samples.ts';

export const SECONDS_PER_DAY = 86_400;

export interface LightCurve {
  /** Days. */
  readonly time: Float64Array;
  readonly flux: Float64Array;
  readonly flag: Float64Array;
  /** Of the flux, one standard deviation. */
  readonly uncertainty: Float64Array;
}

/** What is known of a curve: synthesis settings, `mes`, the entries of its file's header. */
export type Metadata = { [key: string]: Plain };

export function allocateLightCurve(length: number): LightCurve {
  return {
    time: new Float64Array(length),
    flux: new Float64Array(length),
    flag: new Float64Array(length),
    uncertainty: new Float64Array(length),
  };
}

/** The samples `start` to `end` (exclusive), sharing memory with the whole. */
export function sliceLightCurve(curve: LightCurve, start: number, end: number): LightCurve {
  return {
    time: curve.time.subarray(start, end),
    flux: curve.flux.subarray(start, end),
    flag: curve.flag.subarray(start, end),
    uncertainty: curve.uncertainty.subarray(start, end),
  };
}

/** A copy with only the samples whose flag is 0. Throws, naming the curve, when there are none. */
export function dropFlagged(curve: LightCurve, name: string): LightCurve {
  const count = curve.flag.reduce((sum, flag) => (flag === 0 ? sum + 1 : sum), 0);
  if (count === 0) throw new EaselError('task', `${name}: all ${curve.time.length} samples are flagged`);
  const kept = allocateLightCurve(count);
  let row = 0;
  for (let index = 0; index < curve.time.length; index++) {
    if (at(curve.flag, index) !== 0) continue;
    kept.time[row] = at(curve.time, index);
    kept.flux[row] = at(curve.flux, index);
    kept.uncertainty[row] = at(curve.uncertainty, index);
    row++;
  }
  return kept;
}

/** The median step between samples, in days; NaN for fewer than two samples. */
export function findCadence(curve: LightCurve): number {
  const steps = new Float64Array(Math.max(0, curve.time.length - 1));
  for (let index = 0; index < steps.length; index++) {
    steps[index] = at(curve.time, index + 1) - at(curve.time, index);
  }
  return median(steps);
}
