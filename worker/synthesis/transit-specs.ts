/**
 * The `specs` that every synthesised transit light curve has: names, units and defaults as job files have them, the planet
 * they describe and the times they sample. The semi-major axis is taken as given, never derived from the period.
 */
import { SECONDS_PER_DAY } from '../../core/light-curve/light-curve.ts';
import { EaselError } from '../../core/model/errors.ts';
import { readNumber, readOptionalNumber, type Settings, settingError } from '../task-settings.ts';
import { conjunctionRadius, impactParameter, type Orbit } from './kepler-orbit.ts';
import type { TransitingPlanet } from './transit-curve.ts';

const SUN_RADIUS_M = 695_500e3;
const JUPITER_RADIUS_M = 71_492e3;
const ASTRONOMICAL_UNIT_M = 149_597_870_700;

const LIMB_DARKENING = [0.1, 0.3] as const;
const ARGUMENT_OF_PERIASTRON = Math.PI / 2;

const MAX_SAMPLES = 100_000_000;

export const SPECS = 'specs';

/** Limits are there to refuse what would run without end or out of memory, and what has no meaning. */
export const SPEC_RULES = {
  duration: { default: 730, above: 0, max: 36_525 },
  t0: { default: 1 },
  eccentricity: { default: 0, min: 0, below: 1 },
  star_radius: { default: SUN_RADIUS_M / JUPITER_RADIUS_M, above: 0 },
  planet_radius: { default: 1, min: 0 },
  orbital_period: { default: 365, min: 0.01 },
  semi_major_axis: { default: 1, above: 0 },
  orbital_angle: { default: 0, min: -90, max: 90 },
  impact_parameter: { min: 0, max: 1 },
  mes_assume_noise: { min: 0 },
  sampling_cadence: { default: 25, above: 0 },
} as const;

/** Every spec that is not optional, in the units of the job file. */
export interface TransitSpecs {
  readonly duration: number;
  readonly t0: number;
  readonly eccentricity: number;
  readonly star_radius: number;
  readonly planet_radius: number;
  readonly orbital_period: number;
  readonly semi_major_axis: number;
  readonly orbital_angle: number;
  readonly impact_parameter: number | undefined;
  readonly mes_assume_noise: number | undefined;
  readonly sampling_cadence: number;
}

/** @param specs the object `specs` of the task */
export function readTransitSpecs(specs: Settings): TransitSpecs {
  const number = (key: keyof typeof SPEC_RULES): number => readNumber(specs, key, SPEC_RULES[key], SPECS);
  const optional = (key: keyof typeof SPEC_RULES): number | undefined =>
    readOptionalNumber(specs, key, SPEC_RULES[key], SPECS);
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
    mes_assume_noise: optional('mes_assume_noise'),
    sampling_cadence: number('sampling_cadence'),
  };
}

/** Times in days: a sample at 0, then one each cadence while before the end. */
export function rasterOf(specs: TransitSpecs, maxSamples = MAX_SAMPLES): Float64Array {
  const { duration, sampling_cadence } = specs;
  const exact = (duration * SECONDS_PER_DAY) / sampling_cadence;
  const count = Math.ceil(exact * (1 - 1e-12)); // a whole number of samples may come out a rounding error above
  if (count > maxSamples) throw new EaselError('task', `specs give ${count} samples: at most ${maxSamples}`);
  const time = new Float64Array(count);
  for (let index = 0; index < count; index++) time[index] = (index * sampling_cadence) / SECONDS_PER_DAY;
  return time;
}

/** Refuses an orbit that enters the star. */
export function planetOf(specs: TransitSpecs): TransitingPlanet {
  const semiMajorAxis =
    (specs.semi_major_axis * ASTRONOMICAL_UNIT_M) / (specs.star_radius * JUPITER_RADIUS_M);
  if (semiMajorAxis * (1 - specs.eccentricity) <= 1) {
    throw settingError('semi_major_axis', SPECS, `is ${specs.semi_major_axis} AU: the orbit enters the star`);
  }
  const shape = {
    t0: specs.t0,
    period: specs.orbital_period,
    semiMajorAxis,
    eccentricity: specs.eccentricity,
    argumentOfPeriastron: ARGUMENT_OF_PERIASTRON,
  };
  const orbit: Orbit = { ...shape, tilt: tiltOf(specs, conjunctionRadius(shape)) };
  return { orbit, radius: specs.planet_radius / specs.star_radius, limbDarkening: LIMB_DARKENING };
}

/** The specs that describe the same orbit both ways: degrees from edge-on, and impact parameter. */
export function orientationOf(orbit: Orbit): { orbital_angle: number; impact_parameter: number } {
  return { orbital_angle: (orbit.tilt * 180) / Math.PI, impact_parameter: Math.abs(impactParameter(orbit)) };
}

/** An impact parameter wins over an angle. */
function tiltOf(specs: TransitSpecs, distance: number): number {
  if (specs.impact_parameter !== undefined) return Math.asin(Math.min(1, specs.impact_parameter / distance));
  return (specs.orbital_angle * Math.PI) / 180;
}
