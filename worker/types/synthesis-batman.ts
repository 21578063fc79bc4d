/**
 * Task type `synthesis_batman`: a light curve with the transits of one planet and white noise, after the model of
 * batman (Kreidberg 2015), computed here with the formulae of Mandel & Agol (2002).
 * Its output metadata holds the specs in full, so that a search can be judged by what was put in.
 */

import { SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { at } from '../../core/light-curve/samples.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { addGaussianNoise } from '../synthesis/gaussian-noise.ts';
import { transitFluxes } from '../synthesis/transit-curve.ts';
import {
  noisePerSample,
  orientationOf,
  planetOf,
  SPEC_RULES,
  type TransitSpecs,
} from '../synthesis/transit-specs.ts';
import type { Metadata, TaskContext } from '../task-module.ts';
import { readGroup, readNumber, readOptionalNumber, readOutput, settingError } from '../task-settings.ts';

const MAX_SAMPLES = 100_000_000;
const MAX_MES = 1e8;

export async function run(context: TaskContext): Promise<Metadata> {
  const output = readOutput(context, 'lightcurve');
  const specs = readSpecs(context);
  const planet = planetOf(specs);
  if (planet.orbit.semiMajorAxis * (1 - specs.eccentricity) <= 1) {
    throw settingError(
      'semi_major_axis',
      'specs',
      `is ${specs.semi_major_axis} AU: the orbit enters the star`,
    );
  }
  const time = rasterOf(specs);
  const flux = transitFluxes(time, planet);
  const transits = measureTransits(flux);
  context.progress(0.3);
  context.signal.throwIfAborted();

  const noise = noisePerSample(specs.noise, specs.sampling_cadence);
  if (noise > 0) addGaussianNoise(flux, noise, context.random);
  const flag = new Float64Array(time.length);
  const uncertainty = new Float64Array(time.length).fill(noise);
  await writeLightCurve(output, { time, flux, flag, uncertainty });

  const assumed = noisePerSample(specs.mes_assume_noise ?? specs.noise, specs.sampling_cadence);
  const { mes_assume_noise, ...others } = specs;
  return {
    ...others,
    ...(mes_assume_noise === undefined ? {} : { mes_assume_noise }),
    ...orientationOf(planet.orbit),
    integrated_transit_power: transits.power,
    pixels_in_transit: transits.samples,
    pixels_out_of_transit: time.length - transits.samples,
    mes: multipleEventStatistic(transits, assumed),
  };
}

interface Transits {
  /** Sum of 1 - flux, without noise. */
  readonly power: number;
  /** Samples whose flux is below 1. */
  readonly samples: number;
}

function measureTransits(flux: Float64Array): Transits {
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
function multipleEventStatistic({ power, samples }: Transits, noise: number): number {
  return samples === 0 ? 0 : Math.min(MAX_MES, power / noise / Math.sqrt(samples));
}

/** Times in days: a sample at 0, then one each cadence while before the end. */
function rasterOf({ duration, sampling_cadence }: TransitSpecs): Float64Array {
  const exact = (duration * SECONDS_PER_DAY) / sampling_cadence;
  const count = Math.ceil(exact * (1 - 1e-12)); // a whole number of samples may come out a rounding error above
  if (count > MAX_SAMPLES)
    throw new EaselError('task', `specs give ${count} samples: at most ${MAX_SAMPLES}`);
  const time = new Float64Array(count);
  for (let index = 0; index < count; index++) time[index] = (index * sampling_cadence) / SECONDS_PER_DAY;
  return time;
}

function readSpecs(context: TaskContext): TransitSpecs {
  const group = readGroup(context, 'specs', Object.keys(SPEC_RULES));
  const number = (key: keyof typeof SPEC_RULES): number => readNumber(group, key, SPEC_RULES[key], 'specs');
  const optional = (key: keyof typeof SPEC_RULES): number | undefined =>
    readOptionalNumber(group, key, SPEC_RULES[key], 'specs');
  return {
    duration: number('duration'),
    t0: number('t0'),
    eccentricity: number('eccentricity'),
    star_radius: number('star_radius'),
    planet_radius: number('planet_radius'),
    orbital_period: number('orbital_period'),
    semi_major_axis: number('semi_major_axis'),
    orbital_angle: number('orbital_angle'),
    impact_parameter: optional('impact_parameter'),
    noise: number('noise'),
    mes_assume_noise: optional('mes_assume_noise'),
    sampling_cadence: number('sampling_cadence'),
  };
}
