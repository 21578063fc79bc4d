/**
 * How long transits are, as a share q of the period, and which frequencies a search must try to lose none of them.
 *
 * A planet on a circular orbit that crosses the middle of a star of the Sun's density takes q = (R / a) / pi
 * = 0.0756 (P / day)^(-2/3), from Kepler's third law. Other densities, orbits off centre and eccentric ones lie within
 * the factors below: q changes with the cube root of the density.
 */

export interface LengthBounds {
  /** Shares of the period: qmi and qma of Kovacs, Zucker & Mazeh (2002). */
  readonly shortest: number;
  readonly longest: number;
}

/** Frequencies at equal steps: `start`, `start + step`, ..., `count` of them, and the bounds that hold for all. */
export interface FrequencySection extends LengthBounds {
  /** 1/d. */
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

export interface FrequencyRange {
  /** 1/d. */
  readonly min: number;
  readonly max: number;
  /** Time from the first to the last sample, days. */
  readonly baseline: number;
  /** Median step of the samples, days. */
  readonly cadence: number;
}

/** (3 pi / (G rho))^(1/3) / pi at a period of a day, for the Sun's mean density. */
const CENTRAL_TRANSIT = 0.0756;
/** Down to a star 15 times as dense as the Sun, or an impact parameter of 0.9; up to one a fifteenth as dense. */
const SHORTEST_FACTOR = 0.5;
const LONGEST_FACTOR = 2.5;
/** A box needs at least two samples. */
const MIN_SAMPLES_IN_BOX = 2;
const MAX_SHARE = 0.2;

/** Over the baseline a transit drifts, from one frequency to the next, by this share of the shortest transit. */
const DRIFT = 1;

export function lengthBounds(frequency: number, cadence: number): LengthBounds {
  const central = CENTRAL_TRANSIT * frequency ** (2 / 3);
  const sampled = MIN_SAMPLES_IN_BOX * cadence * frequency;
  const shortest = Math.min(MAX_SHARE, Math.max(SHORTEST_FACTOR * central, sampled));
  return { shortest, longest: Math.max(shortest, Math.min(MAX_SHARE, LONGEST_FACTOR * central)) };
}

/** Days: below it two samples are more than a transit's share of the period. */
export function shortestPeriod(cadence: number): number {
  return (MIN_SAMPLES_IN_BOX * cadence) / MAX_SHARE;
}

/** 1/d: what a frequency needs so that no transit at it is lost. */
export function frequencyStep(
  frequency: number,
  { baseline, cadence }: Pick<FrequencyRange, 'baseline' | 'cadence'>,
): number {
  return (DRIFT * lengthBounds(frequency, cadence).shortest) / baseline;
}

/**
 * Ascending, from `min` to `max`, at most `size` frequencies each. Within a section the step is that which its lowest
 * frequency needs, whose transits are the shortest share of their period; one step for all would be that of the
 * longest period, thirty times as many frequencies in two years.
 */
export function* frequencySections(range: FrequencyRange, size: number): Generator<FrequencySection> {
  const { min, max, cadence } = range;
  for (let start = min; start <= max; ) {
    const bounds = lengthBounds(start, cadence);
    const step = frequencyStep(start, range);
    const count = Math.min(size, Math.floor((max - start) / step) + 1);
    yield { ...bounds, start, step, count };
    start += size * step;
  }
}
