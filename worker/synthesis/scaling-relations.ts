/**
 * Published laws by which solar-like oscillations follow from the global parameters of a star: `nuMax` and `deltaNu` in
 * uHz, `teff` in K. Amplitudes are the rms of a radial mode at nuMax, in ppm of the bolometric flux.
 */

const SUN = { nuMax: 3100, deltaNu: 135, teff: 5777, amplitude: 2.53 };

interface GlobalParameters {
  readonly nuMax: number;
  readonly deltaNu: number;
  readonly teff: number;
}

/** Corsaro et al. (2013, MNRAS 430, 2313), their model 4 beta for short-cadence stars (table 3), nuMax above 150. */
export function mainSequenceAmplitude({ nuMax, deltaNu, teff }: GlobalParameters): number {
  const [s, r, t, logBeta] = [0.748, 3.47, 1.27, 0.321];
  const logRatio =
    (2 * s - 3 * t) * Math.log(nuMax / SUN.nuMax) +
    4 * (t - s) * Math.log(deltaNu / SUN.deltaNu) +
    (5 * s - 1.5 * t - r + 0.2) * Math.log(teff / SUN.teff);
  return SUN.amplitude * Math.exp(logRatio + logBeta);
}

/**
 * From the mode height of Peralta et al. (2018, AN 339, 134), 2.01e7 nuMax^-1.9 ppm^2/uHz: the power of a Lorentzian is
 * pi / 2 times its width and its height.
 */
export function redGiantAmplitude(nuMax: number, width: number): number {
  return Math.sqrt((Math.PI / 2) * width * 2.01e7 * nuMax ** -1.9);
}

/** Amplitude in the pass band over the bolometric one: Ballot et al. (2011, A&A 531, A124), for Kepler. */
export function passBandFactor(teff: number): number {
  return (teff / 5934) ** -0.8;
}

/** Full width at half maximum of the power excess: Mosser et al. (2012, A&A 537, A30, table 2). */
export function envelopeWidth(nuMax: number): number {
  return 0.66 * nuMax ** 0.88;
}

/**
 * Full width of a main-sequence star's mode: the fit of Ball et al. (2018, ApJS 239, 34) to what Appourchaux et al. (2014)
 * measured, a power law of frequency with a dip near nuMax. Each coefficient is linear in temperature and nuMax.
 */
export function mainSequenceLineWidth(frequency: number, nuMax: number, teff: number): number {
  const linear = (a: number, b: number, c: number): number => a + b * teff + c * nuMax;
  const slope = linear(-3.71, 1.073e-3, 1.883e-4);
  const scale = linear(-7.209e1, 1.543e-2, 9.101e-4);
  const depth = linear(-2.266e-1, 5.083e-5, 2.715e-6);
  const middle = linear(-2.19e3, 4.302e-1, 8.427e-1);
  const breadth = linear(-5.639e-1, 1.138e-4, 1.312e-4);
  const distance = (2 * Math.log(frequency / middle)) / Math.log(breadth);
  return scale * (frequency / nuMax) ** slope * depth ** (1 / (1 + distance ** 2));
}

/** Radial modes of a red giant of 1.4 to 1.6 solar masses: Vrard et al. (2018, A&A 616, A94). */
export function redGiantLineWidth(teff: number): number {
  return 0.1 * (teff / 4800) ** 4.54;
}
