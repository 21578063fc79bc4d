/** Task type `multiply`: the product of two light curves, for example transits and stellar activity, on the raster of the first. */

import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { multiplyLightCurves } from '../light-curve/multiply-light-curves.ts';
import type { TaskContext } from '../task-module.ts';
import { readInput, readOutput } from '../task-settings.ts';

export async function run(context: TaskContext): Promise<undefined> {
  const firstFile = readInput(context, 'lightcurve_1');
  const secondFile = readInput(context, 'lightcurve_2');
  const output = readOutput(context, 'lightcurve');
  const first = await readLightCurve(firstFile);
  const second = await readLightCurve(secondFile);
  const { curve, missing } = multiplyLightCurves(first.curve, second.curve);
  const count = curve.time.length;
  if (missing === count) {
    throw new EaselError('task', `${secondFile.name} has no value at any time of ${firstFile.name}`);
  }
  if (missing > 0) {
    context.log('warning', `${missing} of ${count} samples flagged: ${secondFile.name} has no value there`);
  }
  await writeLightCurve(output, curve, Object.assign(Object.create(null), second.header, first.header));
}
