/**
 * What a star's power spectrum has below its oscillations: granulation and magnetic activity, as one-sided power
 * densities (ppm^2/uHz) of the form height / (1 + (frequency / knee)^exponent).
 */
import type { ReferenceStar } from './reference-stars.ts';

export interface BackgroundComponent {
  /** ppm^2/uHz. */
  readonly height: number;
  /** uHz. */
  readonly knee: number;
  readonly exponent: 2 | 4;
}

const SECONDS_PER_DAY = 86_400;

export function backgroundOf(star: ReferenceStar): BackgroundComponent[] {
  const activity = star.activity === undefined ? [] : [activityOf(star.activity)];
  return [...granulationOf(star), ...activity];
}

export function backgroundDensity(components: readonly BackgroundComponent[], frequency: number): number {
  let density = 0;
  for (const { height, knee, exponent } of components) {
    const square = (frequency / knee) ** 2;
    density += height / (1 + (exponent === 4 ? square * square : square));
  }
  return density;
}

/**
 * Two components, by the scaling relations of Kallinger et al. (2014, A&A 570, A41, table 2, model F): the factor makes
 * the integral over frequency the square of the rms.
 */
function granulationOf({ nuMax, mass }: ReferenceStar): BackgroundComponent[] {
  const slow = { rms: 3382 * nuMax ** -0.609, knee: 0.317 * nuMax ** 0.97 };
  const fast = { rms: 3710 * nuMax ** -0.613 * mass ** -0.26, knee: 0.948 * nuMax ** 0.992 };
  return [slow, fast].map(({ rms, knee }) => ({
    height: ((2 * Math.SQRT2) / Math.PI) * (rms ** 2 / knee),
    knee,
    exponent: 4,
  }));
}

/** A Lorentzian: 4 rms^2 tau / (1 + (2 pi tau nu)^2), the one-sided spectrum of correlations exp(-t / tau). */
function activityOf({ rms, days }: { rms: number; days: number }): BackgroundComponent {
  const knee = 1e6 / (2 * Math.PI * days * SECONDS_PER_DAY);
  return { height: (2 * rms ** 2) / (Math.PI * knee), knee, exponent: 2 };
}
