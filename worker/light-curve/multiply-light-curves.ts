/**
 * The product of two light curves on the raster of the first: the second is interpolated linearly in time.
 * Where it has no value (outside its range, in a gap, or between samples of which one is flagged) the first one's
 * flux is kept and the sample is flagged, so that nothing computes with half a product.
 */
import { allocateLightCurve, findCadence, type LightCurve } from '../../core/light-curve/light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';

/** The flag of samples for which the second curve has no value. */
const NO_FACTOR_FLAG = 1;

/** Times that differ by less than this (days; a millisecond) are the same time. */
const SAME_TIME = 1e-3 / 86_400;

/** Samples that are further apart than this many cadences have a gap between them, across which nothing is known. */
const GAP = 2.5;

export interface LightCurveProduct {
  readonly curve: LightCurve;
  /** Samples of the first curve for which the second has no value. */
  readonly missing: number;
}

export function multiplyLightCurves(first: LightCurve, second: LightCurve): LightCurveProduct {
  const curve = allocateLightCurve(first.time.length);
  curve.time.set(first.time);
  curve.flux.set(first.flux);
  curve.flag.set(first.flag);
  curve.uncertainty.set(first.uncertainty);
  const widest = GAP * findCadence(second);
  let missing = 0;
  let next = 0;
  for (let row = 0; row < first.time.length; row++) {
    const time = at(first.time, row);
    while (next < second.time.length && at(second.time, next) < time - SAME_TIME) next++;
    const factor = interpolate(second, next, { time, widest });
    if (factor === undefined) {
      missing++;
      if (at(curve.flag, row) === 0) curve.flag[row] = NO_FACTOR_FLAG;
      continue;
    }
    const flux = at(first.flux, row);
    curve.flux[row] = flux * factor.flux;
    curve.uncertainty[row] = Math.hypot(at(first.uncertainty, row) * factor.flux, factor.uncertainty * flux);
  }
  return { curve, missing };
}

/** `next` is the first sample that is not before `time`; `widest`: days between samples that have none missing. */
function interpolate(
  { time: times, flux, flag, uncertainty }: LightCurve,
  next: number,
  { time, widest }: { readonly time: number; readonly widest: number },
): { flux: number; uncertainty: number } | undefined {
  if (next === times.length) return undefined;
  const after = at(times, next);
  if (Math.abs(after - time) <= SAME_TIME) {
    return at(flag, next) === 0 ? { flux: at(flux, next), uncertainty: at(uncertainty, next) } : undefined;
  }
  if (next === 0 || at(flag, next) !== 0 || at(flag, next - 1) !== 0) return undefined;
  const before = at(times, next - 1);
  if (after - before > widest) return undefined;
  const share = (time - before) / (after - before);
  return {
    flux: at(flux, next - 1) * (1 - share) + at(flux, next) * share,
    uncertainty: Math.hypot(at(uncertainty, next - 1) * (1 - share), at(uncertainty, next) * share),
  };
}
