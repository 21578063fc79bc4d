/**
 * The orbit of one planet on the sky. Conventions are those of batman (Kreidberg 2015, PASP 127, 1161): `t0` is the time of
 * inferior conjunction, the argument of periastron is the star's. The tilt is counted from edge-on: pi/2 - inclination.
 * Lengths are in stellar radii, times in days, angles in radians.
 */

export interface Orbit {
  readonly t0: number;
  readonly period: number;
  readonly semiMajorAxis: number;
  readonly tilt: number;
  /** 0 or more, below 1. */
  readonly eccentricity: number;
  readonly argumentOfPeriastron: number;
}

const TURN = 2 * Math.PI;

/** Newton's method needs fewer steps than this from its starting point, for every eccentricity below 1. */
const MAX_STEPS = 100;

/**
 * The eccentric anomaly E with E - e sin E = M (radians), to rounding. On [0, pi] the equation is convex and
 * M + e is never below the root, so that Newton's method comes down to it without overshooting.
 */
export function solveKepler(meanAnomaly: number, eccentricity: number): number {
  const turns = Math.round(meanAnomaly / TURN);
  const rest = meanAnomaly - turns * TURN;
  const mean = Math.abs(rest);
  let anomaly = Math.min(mean + eccentricity, Math.PI);
  for (let step = 0; step < MAX_STEPS; step++) {
    const excess = anomaly - eccentricity * Math.sin(anomaly) - mean;
    const next = anomaly - excess / (1 - eccentricity * Math.cos(anomaly));
    const settled = !(next < anomaly);
    anomaly = next;
    if (settled) break;
  }
  return turns * TURN + Math.sign(rest) * anomaly;
}

/** The time after (or before) the conjunction `t0` at which the planet is at a true anomaly within pi of it. */
export function timeOfTrueAnomaly(orbit: Orbit, trueAnomaly: number): number {
  const difference = meanOf(trueAnomaly, orbit.eccentricity) - meanOf(conjunction(orbit), orbit.eccentricity);
  return (difference / TURN) * orbit.period;
}

/** The true anomaly of inferior conjunction. */
export function conjunction(orbit: Orbit): number {
  return Math.PI / 2 - orbit.argumentOfPeriastron;
}

/** Distance of the two centres on the sky; infinite where the planet is behind the star. */
export function skyDistance(orbit: Orbit, time: number): number {
  const { eccentricity } = orbit;
  const sinceConjunction = ((time - orbit.t0) / orbit.period) * TURN;
  const eccentric = solveKepler(sinceConjunction + meanOf(conjunction(orbit), eccentricity), eccentricity);
  const trueAnomaly = trueOf(eccentric, eccentricity);
  const radius = orbit.semiMajorAxis * (1 - eccentricity * Math.cos(eccentric));
  const angle = orbit.argumentOfPeriastron + trueAnomaly;
  if (Math.sin(angle) <= 0) return Infinity;
  // Not 1 - sin^2 sin^2: near conjunction that loses half the digits.
  return radius * Math.hypot(Math.cos(angle), Math.sin(angle) * Math.sin(orbit.tilt));
}

/** Distance of the centres at conjunction: the impact parameter of the transit. */
export function impactParameter(orbit: Orbit): number {
  return conjunctionRadius(orbit) * Math.sin(orbit.tilt);
}

/** Distance of the planet from the star at inferior conjunction. */
export function conjunctionRadius(orbit: Omit<Orbit, 'tilt'>): number {
  const { semiMajorAxis, eccentricity, argumentOfPeriastron } = orbit;
  return (semiMajorAxis * (1 - eccentricity ** 2)) / (1 + eccentricity * Math.sin(argumentOfPeriastron));
}

/** Mean anomaly of a true anomaly, both continued over turns. */
function meanOf(trueAnomaly: number, eccentricity: number): number {
  const turns = Math.round(trueAnomaly / TURN);
  const half = (trueAnomaly - turns * TURN) / 2;
  const eccentric =
    2 *
    Math.atan2(Math.sqrt(1 - eccentricity) * Math.sin(half), Math.sqrt(1 + eccentricity) * Math.cos(half));
  return turns * TURN + eccentric - eccentricity * Math.sin(eccentric);
}

function trueOf(eccentric: number, eccentricity: number): number {
  const half = eccentric / 2;
  return (
    2 * Math.atan2(Math.sqrt(1 + eccentricity) * Math.sin(half), Math.sqrt(1 - eccentricity) * Math.cos(half))
  );
}
