/** The quality control of synthesised light curves: as many samples as their metadata say, at the cadence that was asked for. */
import { SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { judgeLightCurve, offStep } from '../light-curve/judge-light-curve.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';

export async function judgeSynthesis(context: TaskContext, metadata: Metadata): Promise<QualityControl> {
  const { pixels_in_transit, pixels_out_of_transit, sampling_cadence } = metadata;
  const count = Number(pixels_in_transit) + Number(pixels_out_of_transit);
  return await judgeLightCurve(context, 'lightcurve', (curve) =>
    curve.time.length === count
      ? offStep(curve, Number(sampling_cadence) / SECONDS_PER_DAY)
      : `it has ${curve.time.length} samples, not ${count}`,
  );
}
