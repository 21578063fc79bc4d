/**
 * Which periods and durations transit least squares tries (Hippke & Heller 2019, A&A 623, A39).
 *
 * Periods follow the optimal frequency sampling of Ofir (2014, A&A 561, A138, equations 5 to 7): a transit's duration
 * goes with the cube root of the period, and so equal steps in the cube root of the frequency let it drift, over
 * the whole span, by the same share of its duration everywhere. Durations are those of circular orbits around stars.
 */

/** Constants of SI units. */
const GRAVITY = 6.6743e-11;
const SUN_MASS = 1.98841e30;
const SUN_RADIUS = 6.957e8;
const JUPITER_RADIUS = 6.9911e7;
const SECONDS_PER_DAY = 86_400;

/** The smallest and the largest star whose transits have a place in the duration grid, in solar units. */
const SMALLEST_STAR = { radius: 0.13, mass: 0.1 } as const;
const LARGEST_STAR = { radius: 3.5, mass: 1 } as const;
/** The largest planet beside it, Jupiter radii. */
const LARGEST_PLANET = 2;

/** No transit takes more of its period: the longest seen, of Kepler-1368 b, takes 0.117 of it. */
const MAX_FRACTION = 0.12;

/** With fewer samples a dip is an outlier, it has no shape. */
const MIN_WIDTH = 3;

/** In solar units. */
export interface Star {
  readonly radius: number;
  readonly mass: number;
}

export interface PeriodGrid {
  readonly star: Star;
  /** Days from the first sample to the last. */
  readonly span: number;
  readonly min: number;
  readonly max: number;
  readonly oversampling: number;
}

/** Days, ascending, from above `min` to `max`. */
export function transitPeriods(grid: PeriodGrid): Float64Array {
  const step = rootStep(grid);
  const lowest = Math.cbrt(1 / grid.max);
  const count = 1 + Math.floor((Math.cbrt(1 / grid.min) - lowest) / step);
  const periods = new Float64Array(count);
  for (let index = 0; index < count; index++) periods[count - 1 - index] = 1 / (lowest + index * step) ** 3;
  periods[count - 1] = grid.max;
  return periods;
}

/** How far neighbours of the grid are apart at a period, relative to it. */
export function relativeStep(grid: PeriodGrid, period: number): number {
  return 3 * rootStep(grid) * Math.cbrt(period);
}

/** A third of Ofir's A: the step in the cube root of the frequency, per cube root of a day. */
function rootStep({ star, span, oversampling }: PeriodGrid): number {
  const gravity = GRAVITY * star.mass * SUN_MASS * SECONDS_PER_DAY ** 2;
  const a = ((2 * Math.PI) ** (2 / 3) / Math.PI) * ((star.radius * SUN_RADIUS) / Math.cbrt(gravity));
  return a / (span * oversampling) / 3;
}

/** Shares of the period that a central transit takes, by the smallest and the largest star. */
export function durationBounds(period: number): { shortest: number; longest: number } {
  const reach = LARGEST_STAR.radius * SUN_RADIUS + LARGEST_PLANET * JUPITER_RADIUS;
  return {
    shortest: durationFraction(SMALLEST_STAR.radius * SUN_RADIUS, SMALLEST_STAR.mass, period),
    longest: durationFraction(reach, LARGEST_STAR.mass, period),
  };
}

/** Widths of templates in samples, ascending: the durations of all periods, each `ratio` times the one before. */
export function templateWidths(
  samples: number,
  range: { min: number; max: number },
  ratio: number,
): number[] {
  const { shortest } = durationBounds(range.max);
  const { longest } = durationBounds(range.min);
  const widths = new Set<number>();
  const add = (fraction: number): unknown =>
    widths.add(Math.min(samples, Math.max(MIN_WIDTH, Math.round(fraction * samples))));
  for (let fraction = shortest; fraction < longest; fraction *= ratio) add(fraction);
  add(longest);
  return [...widths];
}

/**
 * The widths (samples) that are possible at a period. Where the span holds few periods a transit may be seen once more
 * than on average, and then has a larger share of the samples than of the period.
 */
export function widthBounds(samples: number, span: number, period: number): { min: number; max: number } {
  const { shortest, longest } = durationBounds(period);
  return {
    min: Math.floor(shortest * samples),
    max: Math.max(MIN_WIDTH, Math.ceil(longest * samples * (1 + period / span))),
  };
}

/** Winn (2010), for a central transit: T / P = R / P x (4 P / (pi G M))^(1/3). Radius in metres. */
function durationFraction(radius: number, mass: number, period: number): number {
  const seconds = period * SECONDS_PER_DAY;
  const duration = radius * Math.cbrt((4 * seconds) / (Math.PI * GRAVITY * mass * SUN_MASS));
  return Math.min(MAX_FRACTION, duration / seconds);
}
