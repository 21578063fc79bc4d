/**
 * The p modes of a star: where they are, how wide, and how strong in the light of PLATO. Each is a Lorentzian in the
 * power spectrum; rotation does not split them, and there are no mixed modes.
 * Frequencies and widths are in uHz, powers (mean squares) in ppm^2.
 */
import type { ReferenceStar } from './reference-stars.ts';
import { envelopeWidth, passBandFactor } from './scaling-relations.ts';

export interface Mode {
  readonly degree: number;
  readonly order: number;
  readonly frequency: number;
  /** Full width at half maximum. */
  readonly width: number;
  readonly power: number;
}

/** Modes weaker than this share of the strongest of their degree are left out. */
const FAINTEST = 1e-3;

export function modesOf(star: ReferenceStar): Mode[] {
  const strongest = (star.amplitude * passBandFactor(star.teff)) ** 2;
  const orders = Math.ceil((2 * star.nuMax) / star.deltaNu);
  const modes: Mode[] = [];
  for (const [degree, visibility] of star.visibilities.entries()) {
    for (let order = 1; order <= orders; order++) {
      const frequency = modeFrequency(star, order, degree);
      const share = envelope(frequency, star.nuMax);
      if (share < FAINTEST) continue;
      const width = star.lineWidth(frequency);
      modes.push({ degree, order, frequency, width, power: strongest * visibility * share });
    }
  }
  return modes;
}

function modeFrequency(star: ReferenceStar, order: number, degree: number): number {
  const { deltaNu, nuMax, epsilon, curvature, smallOffsets } = star;
  const bend = (curvature / 2) * (order - nuMax / deltaNu) ** 2;
  return (order + degree / 2 + epsilon - (smallOffsets[degree] ?? 0) + bend) * deltaNu;
}

/** The Gaussian that mode powers follow; 1 at nuMax. */
function envelope(frequency: number, nuMax: number): number {
  return Math.exp(-4 * Math.LN2 * ((frequency - nuMax) / envelopeWidth(nuMax)) ** 2);
}
