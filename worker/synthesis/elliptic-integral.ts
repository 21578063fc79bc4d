/**
 * The general complete elliptic integral of Bulirsch (1969), from which the three Legendre ones follow:
 * K = cel(kc, 1, 1, 1), E = cel(kc, 1, 1, kc^2), Pi(n) = cel(kc, 1 - n, 1, 1), with kc^2 = 1 - k^2.
 * One call for a sum of K and Pi keeps the digits that their difference would lose.
 */

/** Half the digits of a double: convergence is quadratic, so the step after this one is exact. */
const ENOUGH = 1e-8;

/**
 * Integral over phi from 0 to pi/2 of (a cos^2 + b sin^2) / ((cos^2 + p sin^2) sqrt(cos^2 + kc^2 sin^2)).
 * For kc > 0 and p > 0; found by descending Landen transformations, each of which leaves the integral as it is.
 */
export function completeEllipticIntegral(kc: number, p: number, a: number, b: number): number {
  let mean = 1;
  let k = Math.abs(kc);
  let product = k;
  let root = Math.sqrt(p);
  let cosine = a;
  let sine = b / root;
  for (;;) {
    const cosineBefore = cosine;
    cosine += sine / root;
    const ratio = product / root;
    sine = 2 * (sine + cosineBefore * ratio);
    root += ratio;
    const meanBefore = mean;
    mean += k;
    if (Math.abs(meanBefore - k) <= meanBefore * ENOUGH) break;
    k = 2 * Math.sqrt(product);
    product = k * mean;
  }
  return ((Math.PI / 2) * (sine + cosine * mean)) / (mean * (mean + root));
}
