/**
 * The model flux of a star with one transiting planet, at given times. Only samples near a conjunction are computed:
 * the rest is 1 exactly, so that years at a short cadence cost little more than the memory.
 * Each value is the flux at an instant, not its mean over an exposure.
 */

import { at, lowerBound } from '../../core/light-curve/samples.ts';
import { conjunction, type Orbit, skyDistance, timeOfTrueAnomaly } from './kepler-orbit.ts';
import { quadraticTransitFlux } from './transit-model.ts';

export interface TransitingPlanet {
  readonly orbit: Orbit;
  /** In stellar radii. */
  readonly radius: number;
  readonly limbDarkening: readonly [u1: number, u2: number];
}

/** Relative flux at `time` (days, ascending). */
export function transitFluxes(time: Float64Array, planet: TransitingPlanet): Float64Array {
  const { orbit, radius, limbDarkening } = planet;
  const [u1, u2] = limbDarkening;
  const fluxes = new Float64Array(time.length).fill(1);
  if (time.length === 0) return fluxes;
  const window = transitWindow(orbit, radius);
  const last = at(time, time.length - 1);
  let index = 0;
  for (let turn = Math.ceil((at(time, 0) - window.end) / orbit.period); index < time.length; turn++) {
    const shift = turn * orbit.period;
    if (window.start + shift > last) break;
    index = Math.max(index, lowerBound(time, window.start + shift));
    for (; index < time.length && at(time, index) <= window.end + shift; index++) {
      fluxes[index] = quadraticTransitFlux(radius, skyDistance(orbit, at(time, index)), u1, u2);
    }
  }
  return fluxes;
}

/**
 * Times around the conjunction `t0` outside which the discs cannot touch: with the planet nowhere nearer than a (1 - e), they
 * touch only where the cosine of the angle from the node is below (1 + p) / (a (1 - e)).
 */
function transitWindow(orbit: Orbit, radius: number): { start: number; end: number } {
  const reach = (1 + radius) / (orbit.semiMajorAxis * (1 - orbit.eccentricity));
  const half = Math.asin(Math.min(1, reach));
  const middle = conjunction(orbit);
  return {
    start: orbit.t0 + timeOfTrueAnomaly(orbit, middle - half),
    end: orbit.t0 + timeOfTrueAnomaly(orbit, middle + half),
  };
}
