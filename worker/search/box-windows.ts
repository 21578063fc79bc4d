/**
 * The box with the highest score among all windows over one set of phase bins: the innermost loop of the box searches.
 *
 * A profile has two numbers per bin, side by side: the weight of the samples in it and their weighted flux (mean 0
 * over the curve). It is summed up in place and continued past phase 1 by the longest window, so that a transit
 * across phase 0 is found like any other (the edge correction that the algorithm of 2002 lacked).
 */

/**
 * What a box is judged by, for dips only; W is the weight of all samples, r the share of it in the box, s the weighted
 * flux in the box as a share of W.
 * `likelihood`: W s^2 / (2 r (1 - r)^2), as astropy's BoxLeastSquares has it: half the squared signal to noise.
 * `signal_residue`: s / sqrt(r (1 - r)), equation 5 of Kovacs, Zucker & Mazeh (2002).
 */
export type Objective = 'likelihood' | 'signal_residue';

export interface WindowRule {
  readonly objective: Objective;
  /** Of all samples. */
  readonly totalWeight: number;
  /** A box with less weight than this is passed over. */
  readonly minWeight: number;
}

export interface Window {
  /** The first bin, and the number of bins; width 0 when no window holds a dip. */
  readonly start: number;
  readonly width: number;
  readonly score: number;
}

/** Boxes start at every bin for the shortest, and at a quarter of their width for longer ones. */
const STARTS_PER_BOX = 4;

/** Length of a profile with room for the running sums. */
export function profileLength(bins: number, longest: number): number {
  return 2 * (bins + longest + 1);
}

/** The profile (its first pair 0, bin k at pair k + 1) becomes running sums, `longest` bins further than a turn. */
export function sumUp(profile: Float64Array, bins: number, longest: number): void {
  const turn = (2 * bins) | 0; // whole numbers for the compiler, here and below: it takes a rounded one for a fraction
  for (let index = 2; index < turn + 2; index++) {
    profile[index] = (profile[index - 2] ?? 0) + (profile[index] ?? 0);
  }
  const weight = profile[turn] ?? 0;
  const sum = profile[turn + 1] ?? 0;
  const end = profileLength(bins, longest) | 0;
  for (let index = turn + 2; index < end; index += 2) {
    profile[index] = weight + (profile[index - turn] ?? 0);
    profile[index + 1] = sum + (profile[index + 1 - turn] ?? 0);
  }
}

/** @param widths in bins, ascending */
export function findBestWindow(
  sums: Float64Array,
  bins: number,
  widths: readonly number[],
  { objective, totalWeight, minWeight }: WindowRule,
): Window {
  const turn = (2 * bins) | 0;
  const isLikelihood = objective === 'likelihood';
  // The best score is kept as a fraction, and compared without a division; a rise has a negative one.
  let dividend = 0;
  let divisor = 1;
  let bestStart = 0;
  let bestWidth = 0;
  for (const width of widths) {
    const stride = (2 * Math.max(1, Math.floor(width / STARTS_PER_BOX))) | 0;
    const reach = (2 * width) | 0;
    for (let start = 0; start < turn; start += stride) {
      const sum = (sums[start + reach + 1] ?? 0) - (sums[start + 1] ?? 0);
      const inside = (sums[start + reach] ?? 0) - (sums[start] ?? 0);
      const outside = totalWeight - inside;
      // As at a period of the nights: all is in the box, and what is left outside is rounding.
      if (outside < inside || inside < minWeight) continue;
      const square = -sum * Math.abs(sum); // no branch: half of all sums are rises, in no order
      const product = inside * outside * (isLikelihood ? outside : totalWeight);
      if (square * divisor <= dividend * product) continue;
      dividend = square;
      divisor = product;
      bestStart = start / 2;
      bestWidth = width;
    }
  }
  return { start: bestStart, width: bestWidth, score: scoreOf(dividend / divisor, objective, totalWeight) };
}

/** @param inside the weight in the box, more than 0; `sum`: the weighted flux in it */
export function scoreBox(inside: number, sum: number, { objective, totalWeight }: WindowRule): number {
  const outside = totalWeight - inside;
  if (outside < inside || sum >= 0) return 0;
  const product = inside * outside * (objective === 'likelihood' ? outside : totalWeight);
  return scoreOf((sum * sum) / product, objective, totalWeight);
}

function scoreOf(fraction: number, objective: Objective, totalWeight: number): number {
  return objective === 'likelihood'
    ? 0.5 * totalWeight * totalWeight * fraction
    : Math.sqrt(fraction * totalWeight);
}
