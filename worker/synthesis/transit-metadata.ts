/**
 * The output metadata that every synthesised transit light curve has: its specs in full, so that a search can be judged by
 * what was put in, and how much there is of the transits.
 */
import { at } from '../../core/light-curve/samples.ts';
import type { Metadata } from '../task-module.ts';
import type { TransitingPlanet } from './transit-curve.ts';
import { orientationOf, type TransitSpecs } from './transit-specs.ts';

/** The exposure, in seconds, that `noise` and `mes_assume_noise` are given for. */
const NOISE_EXPOSURE_S = 25;

const MAX_MES = 1e8;

/** Relative noise of one sample, from a noise for 25 s: it falls with the root of the exposure. */
export function noisePerSample(noise: number, samplingCadence: number): number {
  return noise / Math.sqrt(samplingCadence / NOISE_EXPOSURE_S);
}

interface Synthesis {
  readonly specs: TransitSpecs;
  readonly planet: TransitingPlanet;
  /** Relative noise of one sample, for `mes` where `mes_assume_noise` is not given. */
  readonly noise: number;
}

/** @param flux of the transits alone: 1 outside */
export function transitMetadata(flux: Float64Array, { specs, planet, noise }: Synthesis): Metadata {
  const { mes_assume_noise, ...others } = specs;
  const { power, samples } = measureTransits(flux);
  const assumed =
    mes_assume_noise === undefined ? noise : noisePerSample(mes_assume_noise, specs.sampling_cadence);
  return {
    ...others,
    ...(mes_assume_noise === undefined ? {} : { mes_assume_noise }),
    ...orientationOf(planet.orbit),
    integrated_transit_power: power,
    pixels_in_transit: samples,
    pixels_out_of_transit: flux.length - samples,
    mes: multipleEventStatistic(power, samples, assumed),
  };
}

/** The sum of 1 - flux, and the number of samples whose flux is below 1. */
function measureTransits(flux: Float64Array): { power: number; samples: number } {
  let power = 0;
  let samples = 0;
  for (let index = 0; index < flux.length; index++) {
    const missing = 1 - at(flux, index);
    if (missing <= 0) continue;
    power += missing;
    samples++;
  }
  return { power, samples };
}

/** Signal to noise of all transits together; 0 without a transit, and never above MAX_MES. */
function multipleEventStatistic(power: number, samples: number, noise: number): number {
  return samples === 0 ? 0 : Math.min(MAX_MES, power / noise / Math.sqrt(samples));
}
