/** Task type `multiply`: the product of two light curves, for example transits and stellar activity, on the raster of the first. */

import { emptyHeader } from '../../core/light-curve/header.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { judgeLightCurve } from '../light-curve/judge-light-curve.ts';
import { multiplyLightCurves } from '../light-curve/multiply-light-curves.ts';
import type { QualityControl, TaskContext } from '../task-module.ts';
import { readFormat, readInput, readOutput } from '../task-settings.ts';

export async function run(context: TaskContext): Promise<undefined> {
  const firstFile = readInput(context, 'lightcurve_1');
  const secondFile = readInput(context, 'lightcurve_2');
  const output = readOutput(context, 'lightcurve');
  const format = readFormat(context.settings);
  const first = await readLightCurve(firstFile);
  context.progress(0.3);
  const second = await readLightCurve(secondFile);
  context.progress(0.6);
  context.signal.throwIfAborted();
  const { curve, missing } = multiplyLightCurves(first.curve, second.curve);
  const count = curve.time.length;
  if (missing === count) {
    throw new EaselError('task', `${secondFile.name} has no value at any time of ${firstFile.name}`);
  }
  if (missing > 0) {
    context.log('warning', `${missing} of ${count} samples flagged: ${secondFile.name} has no value there`);
  }
  const header = Object.assign(emptyHeader(), second.header, first.header);
  await writeLightCurve(output, curve, header, format);
}

export async function qualityControl(context: TaskContext): Promise<QualityControl> {
  return await judgeLightCurve(context, 'lightcurve');
}
