/**
 * Task type `mask_transits`: flags the transits that a search has found, so that the next search finds the next planet.
 * `period`, `t0` and `duration` are usually expressions over the metadata of the search. Where it found nothing they
 * are null, and the curve passes as it is.
 */
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { judgeLightCurve } from '../light-curve/judge-light-curve.ts';
import { MASKED_TRANSIT_FLAG, maskTransits, type TransitWindows } from '../light-curve/mask-transits.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import { readFormat, readInput, readNumber, readOutput, settingError } from '../task-settings.ts';

/** As the authors of transit least squares mask: one duration on either side of mid-transit. */
const DEFAULT_WIDTH_FACTOR = 2;

export async function run(context: TaskContext): Promise<Metadata> {
  const file = readInput(context, 'lightcurve');
  const output = readOutput(context, 'lightcurve');
  const format = readFormat(context.settings);
  const windows = readWindows(context);
  const { curve, header } = await readLightCurve(file);
  if (windows === undefined) {
    context.log(
      'warning',
      'period, t0 and duration are null: the search found no transit, nothing is masked',
    );
    await writeLightCurve(output, curve, header, format);
    return { masked_samples: 0 };
  }
  const { curve: rest, masked } = maskTransits(curve, windows);
  if (rest.flag.every((flag) => flag !== 0)) {
    throw new EaselError('task', `${file.name}: the mask leaves no sample without a flag`);
  }
  if (masked === 0) context.log('warning', `${file.name}: no sample without a flag lies in these transits`);
  else context.log('info', `${masked} of ${curve.time.length} samples flagged ${MASKED_TRANSIT_FLAG}`);
  await writeLightCurve(output, rest, header, format);
  return { masked_samples: masked };
}

export async function qualityControl(context: TaskContext): Promise<QualityControl> {
  return await judgeLightCurve(context, 'lightcurve');
}

/** Undefined where all three are given as null. */
function readWindows({ settings }: TaskContext): TransitWindows | undefined {
  const keys = ['period', 't0', 'duration'];
  if (keys.every((key) => Object.hasOwn(settings, key) && settings[key] === null)) return undefined;
  const period = readNumber(settings, 'period', { above: 0 });
  const t0 = readNumber(settings, 't0', {});
  const duration = readNumber(settings, 'duration', { above: 0 });
  const factor = readNumber(settings, 'width_factor', { default: DEFAULT_WIDTH_FACTOR, above: 0 });
  if (factor * duration >= period) {
    const found = `is ${duration} d: ${factor} times that would mask the whole period of ${period} d`;
    throw settingError('duration', undefined, found);
  }
  return { period, t0, reach: (factor * duration) / 2 };
}
