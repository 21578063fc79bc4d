/** Light curves with box-shaped transits at given times, for the tests of the searches that do not want them periodic. */
import type { LightCurve } from '../../core/light-curve/light-curve.ts';
import { addGaussianNoise } from '../../worker/synthesis/gaussian-noise.ts';
import { seededRandom } from './science-context.ts';

export interface TrainSpecs {
  /** Days. */
  readonly days: number;
  readonly cadence: number;
  /** Middles of the transits. */
  readonly times: readonly number[];
  readonly duration: number;
  readonly depth: number;
  /** Of one sample. */
  readonly noise: number;
  readonly seed?: number;
}

export function curveWithTransits(specs: TrainSpecs): LightCurve {
  const { days, cadence, times, duration, depth, noise, seed = 1 } = specs;
  const time = Float64Array.from({ length: Math.round(days / cadence) }, (_, index) => index * cadence);
  const isIn = (each: number): boolean => times.some((middle) => Math.abs(each - middle) < duration / 2);
  const flux = time.map((each) => (isIn(each) ? 1 - depth : 1));
  addGaussianNoise(flux, noise, seededRandom(seed));
  const flag = new Float64Array(time.length);
  return { time, flux, flag, uncertainty: new Float64Array(time.length).fill(noise) };
}

/** Middles of transits, every `period` days from `first` on, shifted by `amplitude` days to and fro in `cycle` transits. */
export function timesOf(
  days: number,
  period: number,
  first: number,
  { amplitude, cycle }: { readonly amplitude: number; readonly cycle: number } = { amplitude: 0, cycle: 1 },
): number[] {
  return Array.from({ length: Math.ceil((days - first) / period) }, (_, transit) => {
    return first + transit * period + amplitude * Math.sin((2 * Math.PI * transit) / cycle);
  });
}
