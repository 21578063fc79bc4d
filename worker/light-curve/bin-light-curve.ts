/**
 * Bins of a fixed width. A sample stands for the stretch of half a cadence on either side of its time; the first bin begins where
 * the curve does, so that full bins lie symmetrically about their samples and transits do not move in time.
 */
import {
  allocateLightCurve,
  findCadence,
  type LightCurve,
  sliceLightCurve,
} from '../../core/light-curve/light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';

/**
 * Mean flux per bin of `width` days at the middle of each bin, with the uncertainty of that mean. Flagged samples are
 * left out; a bin without samples has no row. An uncertainty that is not known (0) leaves the bin's not known.
 */
export function binLightCurve(curve: LightCurve, width: number): LightCurve {
  const { time, flux, flag, uncertainty } = curve;
  const cadence = findCadence(curve);
  const start = at(time, 0) - (Number.isNaN(cadence) ? width : cadence) / 2;
  const binned = allocateLightCurve(time.length);
  let rows = 0;
  for (let index = 0; index < time.length; ) {
    const bin = Math.floor((at(time, index) - start) / width);
    let count = 0;
    let sum = 0;
    let variance = 0;
    let known = true;
    for (; index < time.length && Math.floor((at(time, index) - start) / width) === bin; index++) {
      if (at(flag, index) !== 0) continue;
      count++;
      sum += at(flux, index);
      variance += at(uncertainty, index) ** 2;
      known &&= at(uncertainty, index) > 0;
    }
    if (count === 0) continue;
    binned.time[rows] = start + (bin + 0.5) * width;
    binned.flux[rows] = sum / count;
    binned.uncertainty[rows] = known ? Math.sqrt(variance) / count : 0;
    rows++;
  }
  return sliceLightCurve(binned, 0, rows);
}
