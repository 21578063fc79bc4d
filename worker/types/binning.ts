/**
 * Task type `binning`: averages a light curve over bins of a fixed width. A width that is finer than the curve, or
 * longer than all of it, is taken for a mistake in the unit.
 */

import { findCadence, type LightCurve, SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { binLightCurve } from '../light-curve/bin-light-curve.ts';
import { judgeLightCurve, offStep } from '../light-curve/judge-light-curve.ts';
import type { QualityControl, TaskContext } from '../task-module.ts';
import { readFormat, readInput, readNumber, readOutput } from '../task-settings.ts';

const CADENCE = { above: 0 };

export async function run(context: TaskContext): Promise<undefined> {
  const file = readInput(context, 'lightcurve');
  const output = readOutput(context, 'lightcurve');
  const width = readNumber(context.settings, 'cadence', CADENCE);
  const format = readFormat(context.settings);
  const { curve, header } = await readLightCurve(file);
  checkWidth(width, curve, file.name);
  context.progress(0.5);
  context.signal.throwIfAborted();
  const binned = binLightCurve(curve, width / SECONDS_PER_DAY);
  if (binned.time.length === 0) throw new EaselError('task', `${file.name}: all samples are flagged`);
  context.log('info', `${curve.time.length} samples into ${binned.time.length} bins of ${width} s`);
  await writeLightCurve(output, binned, header, format);
}

/** Bins must lie on a raster of the width that was asked for. */
export async function qualityControl(context: TaskContext): Promise<QualityControl> {
  const width = readNumber(context.settings, 'cadence', CADENCE) / SECONDS_PER_DAY;
  return await judgeLightCurve(context, 'lightcurve', (curve) => offStep(curve, width));
}

function checkWidth(width: number, curve: LightCurve, name: string): void {
  const own = findCadence(curve) * SECONDS_PER_DAY;
  const { time } = curve;
  const span = (at(time, time.length - 1) - at(time, 0)) * SECONDS_PER_DAY;
  const refuse = (problem: string) =>
    new EaselError('task', `the setting cadence is ${width} s, ${problem} of ${name}`);
  if (width < own * (1 - 1e-3)) throw refuse(`finer than the ${Number(own.toPrecision(6))} s`);
  if (width > span + own) throw refuse(`longer than the ${Number((span + own).toPrecision(6))} s`);
}
