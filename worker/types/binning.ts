/** Task type `binning`: averages a light curve over bins of a fixed width. */

import { findCadence, SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { binLightCurve } from '../light-curve/bin-light-curve.ts';
import type { Metadata, TaskContext } from '../task-module.ts';
import { readInput, readNumber, readOutput } from '../task-settings.ts';

export async function run(context: TaskContext): Promise<Metadata | undefined> {
  const file = readInput(context, 'lightcurve');
  const output = readOutput(context, 'lightcurve');
  const width = readNumber(context.settings, 'cadence', { above: 0 });
  const { curve, header } = await readLightCurve(file);
  const own = findCadence(curve) * SECONDS_PER_DAY;
  if (width < own * (1 - 1e-3)) {
    const found = Number(own.toPrecision(6));
    throw new EaselError(
      'task',
      `the setting cadence is ${width} s, finer than the ${found} s of ${file.name}`,
    );
  }
  const binned = binLightCurve(curve, width / SECONDS_PER_DAY);
  if (binned.time.length === 0) throw new EaselError('task', `${file.name}: all samples are flagged`);
  context.log('info', `${curve.time.length} samples into ${binned.time.length} bins of ${width} s`);
  await writeLightCurve(output, binned, header);
  return undefined;
}
