/**
 * Task type `verify`: reads a light curve in full and says what it holds. Fails, with the line, on a file that is
 * no light curve, on samples that are not numbers, and when no sample is usable.
 */

import { dropFlagged, findCadence } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Metadata, TaskContext } from '../task-module.ts';
import { readInput } from '../task-settings.ts';

/** Steps that differ by less than this share of the cadence are the same step. */
const STEP_TOLERANCE = 1e-3;

export async function run(context: TaskContext): Promise<Metadata> {
  const file = readInput(context, 'lightcurve');
  const { curve, invalidCount } = await readLightCurve(file);
  if (invalidCount > 0) {
    throw new EaselError('task', `${file.name}: ${invalidCount} samples are not finite, and have no flag`);
  }
  const { time } = curve;
  const [fluxMin, fluxMax] = rangeOf(dropFlagged(curve, file.name).flux);
  return {
    verification_time_min: at(time, 0),
    verification_time_max: at(time, time.length - 1),
    verification_flux_min: fluxMin,
    verification_flux_max: fluxMax,
    verification: isOnFixedStep(time, findCadence(curve)),
  };
}

function isOnFixedStep(time: Float64Array, cadence: number): boolean {
  for (let index = 1; index < time.length; index++) {
    const step = at(time, index) - at(time, index - 1);
    if (Math.abs(step - cadence) > STEP_TOLERANCE * cadence) return false;
  }
  return time.length > 1;
}

function rangeOf(values: Float64Array): [min: number, max: number] {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}
