/**
 * The two stars that `synthesis_psls` simulates, after the examples of PSLS (Samadi et al. 2019): a solar analogue like
 * 16 Cyg B (KIC 12069449) and a red giant like KIC 9882316. Frequencies are in uHz. Their p modes lie at
 * nu = (n + l/2 + epsilon - d_l + (curvature / 2) (n - nuMax / deltaNu)^2) deltaNu  (Mosser et al. 2011, A&A 525, L9).
 */
import {
  mainSequenceAmplitude,
  mainSequenceLineWidth,
  redGiantAmplitude,
  redGiantLineWidth,
} from './scaling-relations.ts';

export const STAR_MODES = ['main_sequence', 'red_giant'] as const;
export type StarMode = (typeof STAR_MODES)[number];

/** One number for each angular degree, 0 to 3. */
type ByDegree = readonly [number, number, number, number];

export interface ReferenceStar {
  /** Frequency of greatest oscillation power. */
  readonly nuMax: number;
  /** Mean separation of consecutive orders. */
  readonly deltaNu: number;
  /** Effective temperature, K. */
  readonly teff: number;
  /** In solar masses. */
  readonly mass: number;
  readonly epsilon: number;
  /** d_l, in units of deltaNu. */
  readonly smallOffsets: ByDegree;
  readonly curvature: number;
  /** Power of a mode in proportion to a radial one. */
  readonly visibilities: ByDegree;
  /** Rms of a radial mode at nuMax, ppm of the bolometric flux. */
  readonly amplitude: number;
  /** Full width at half maximum of a mode at `frequency`. */
  lineWidth(frequency: number): number;
  /** Magnetic activity: rms in ppm, and the time (days) over which it is correlated. */
  readonly activity?: { readonly rms: number; readonly days: number };
}

const ANALOGUE = { nuMax: 2561.3, deltaNu: 116.93, teff: 5750, mass: 1.07 };
const GIANT = { nuMax: 179.3, deltaNu: 13.68, teff: 5200, mass: 1.56 };
const GIANT_WIDTH = redGiantLineWidth(GIANT.teff);
const LOG_SEPARATION = Math.log10(GIANT.deltaNu);

export const REFERENCE_STARS: { readonly [mode in StarMode]: ReferenceStar } = {
  /**
   * Asymptotic. nuMax and deltaNu: Lund et al. (2017, ApJ 835, 172); epsilon, and nu(n, 0) - nu(n - 1, 2) of 6 uHz: round
   * values for such a star; visibilities: Ballot et al. (2011); activity: as in the example of PSLS.
   */
  main_sequence: {
    ...ANALOGUE,
    epsilon: 1.44,
    smallOffsets: [0, 2 / ANALOGUE.deltaNu, 6 / ANALOGUE.deltaNu, 12 / ANALOGUE.deltaNu],
    curvature: 0,
    visibilities: [1, 1.5, 0.5, 0.05],
    amplitude: mainSequenceAmplitude(ANALOGUE),
    lineWidth: (frequency) => mainSequenceLineWidth(frequency, ANALOGUE.nuMax, ANALOGUE.teff),
    activity: { rms: 40, days: 0.2 },
  },
  /**
   * Universal pattern, with the coefficients that PSLS has for it (Mosser et al. 2013; d_3: Huber et al. 2010);
   * visibilities: Mosser et al. (2012, A&A 537, A30). The mass is that of the seismic scaling relations.
   */
  red_giant: {
    ...GIANT,
    epsilon: 0.6 + 0.52 * LOG_SEPARATION + 0.005 * GIANT.deltaNu,
    smallOffsets: [
      0,
      0.0553 - 0.036 * LOG_SEPARATION,
      0.167 - 0.039 * LOG_SEPARATION,
      0.282 + 0.16 / GIANT.deltaNu,
    ],
    curvature: 0.015 * GIANT.deltaNu ** -0.32,
    visibilities: [1, 1.54, 0.64, 0.071],
    amplitude: redGiantAmplitude(GIANT.nuMax, GIANT_WIDTH),
    lineWidth: () => GIANT_WIDTH,
  },
};
