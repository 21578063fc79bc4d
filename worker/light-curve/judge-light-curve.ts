/**
 * Quality control of the light curves that a task has written: each is read again from its file, as every later task will,
 * so that what passes can be used. The task may ask for more; what it says is the reason for refusing the product.
 */
import { dropFlagged, type LightCurve, SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';
import type { QualityControl, TaskContext } from '../task-module.ts';

/** Share of a step; times have 14 digits, and a step is the difference of two. */
const STEP_TOLERANCE = 1e-3;

/** Returns why the curve is not what the task was asked for, if it is not. */
export type Expectation = (curve: LightCurve) => string | undefined;

/**
 * Refuses what cannot be read, has samples that are not finite without a flag, or not one sample to use.
 * @param output semantic name
 */
export async function judgeLightCurve(
  context: TaskContext,
  output: string,
  expectation: Expectation = () => undefined,
): Promise<QualityControl> {
  const path = context.outputs[output];
  if (path === undefined) return {};
  const reason = await findFault(path, expectation);
  return { [output]: reason === undefined ? { passed: true } : { passed: false, reason } };
}

/** All times are `step` apart, or whole multiples of it where samples are missing. Days. */
export function offStep(curve: LightCurve, step: number): string | undefined {
  const { time } = curve;
  for (let row = 1; row < time.length; row++) {
    const steps = (at(time, row) - at(time, row - 1)) / step;
    if (Math.round(steps) < 1 || Math.abs(steps - Math.round(steps)) > STEP_TOLERANCE) {
      const found = (steps * step * SECONDS_PER_DAY).toPrecision(8);
      return `row ${row + 1} comes ${found} s after the one before, no multiple of ${(step * SECONDS_PER_DAY).toPrecision(8)} s`;
    }
  }
  return undefined;
}

async function findFault(path: string, expectation: Expectation): Promise<string | undefined> {
  try {
    const { curve, invalidCount } = await readLightCurve({ path, name: 'the light curve', metadata: {} });
    if (invalidCount > 0) return `${invalidCount} samples are not finite, and have no flag`;
    dropFlagged(curve, 'the light curve');
    return expectation(curve);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
