/**
 * The `specs` of a synthesised transit light curve: names, units and defaults as job files have them, and the planet and
 * sampling they describe. The semi-major axis is taken as given, never derived from the period.
 */

import { conjunctionRadius, impactParameter, type Orbit } from './kepler-orbit.ts';
import type { TransitingPlanet } from './transit-curve.ts';

const SUN_RADIUS_M = 695_500e3;
const JUPITER_RADIUS_M = 71_492e3;
const ASTRONOMICAL_UNIT_M = 149_597_870_700;

/** The exposure, in seconds, that `noise` and `mes_assume_noise` are given for. */
const NOISE_EXPOSURE_S = 25;

const LIMB_DARKENING = [0.1, 0.3] as const;
const ARGUMENT_OF_PERIASTRON = Math.PI / 2;

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
  noise: { default: 0, min: 0 },
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
  readonly noise: number;
  readonly mes_assume_noise: number | undefined;
  readonly sampling_cadence: number;
}

export function planetOf(specs: TransitSpecs): TransitingPlanet {
  const semiMajorAxis =
    (specs.semi_major_axis * ASTRONOMICAL_UNIT_M) / (specs.star_radius * JUPITER_RADIUS_M);
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

/** Relative noise of one sample, from a noise for 25 s: it falls with the root of the exposure. */
export function noisePerSample(noise: number, samplingCadence: number): number {
  return noise / Math.sqrt(samplingCadence / NOISE_EXPOSURE_S);
}

/** An impact parameter wins over an angle. */
function tiltOf(specs: TransitSpecs, distance: number): number {
  if (specs.impact_parameter !== undefined) return Math.asin(Math.min(1, specs.impact_parameter / distance));
  return (specs.orbital_angle * Math.PI) / 180;
}
