/** Flags the samples of a light curve in and about the transits of one planet, so that a search finds the next one. */
import type { LightCurve } from '../../core/light-curve/light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';

/** The flag of a masked sample. Samples that have a flag keep it. */
export const MASKED_TRANSIT_FLAG = 2;

/** All in days. */
export interface TransitWindows {
  readonly period: number;
  /** Middle of any one transit, on the axis of the curve. */
  readonly t0: number;
  /** How far from the middle samples are masked. */
  readonly reach: number;
}

export interface MaskedCurve {
  readonly curve: LightCurve;
  /** Samples that had no flag before. */
  readonly masked: number;
}

export function maskTransits(curve: LightCurve, { period, t0, reach }: TransitWindows): MaskedCurve {
  const flag = curve.flag.slice();
  let masked = 0;
  for (let sample = 0; sample < flag.length; sample++) {
    const turns = (at(curve.time, sample) - t0) / period;
    if (Math.abs(turns - Math.round(turns)) * period > reach || at(flag, sample) !== 0) continue;
    flag[sample] = MASKED_TRANSIT_FLAG;
    masked++;
  }
  return { curve: { ...curve, flag }, masked };
}
