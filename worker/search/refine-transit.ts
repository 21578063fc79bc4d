/**
 * The last digits of a transit: mid-transit time, duration and period are varied in turn, in ever smaller steps, and the
 * template is compared with every sample at its own time, no longer at its place in the folded order.
 */
import { at } from '../../core/light-curve/samples.ts';
import type { LossSeries } from './folded-transits.ts';
import { durationBounds } from './transit-grid.ts';
import type { TransitShape } from './transit-template.ts';

/** Days; `transitTime` on the series' own axis. */
export interface Ephemeris {
  readonly period: number;
  readonly transitTime: number;
  readonly duration: number;
}

export interface FittedTransit extends Ephemeris {
  /** Loss of light at mid-transit. */
  readonly depth: number;
  /** By how much chi^2 is lower than without a transit. */
  readonly gain: number;
}

export interface RefineLimits {
  readonly min: number;
  readonly max: number;
  /** Spacing of the period grid there, relative to the period. */
  readonly step: number;
}

const ROUNDS = 6;
const TRIALS = 5;
/** How far the first round goes: shares of the duration, of the duration again, and of the step of the grid. */
const TIME_REACH = 0.2;
const DURATION_REACH = 0.2;
const PERIOD_REACH = 1;

export function refineTransit(
  series: LossSeries,
  shape: TransitShape,
  start: Ephemeris,
  limits: RefineLimits,
): FittedTransit {
  const middle = at(series.time, series.time.length - 1) / 2;
  let best = fitTransit(series, shape, start);
  const attempt = (change: Partial<Ephemeris>): void => {
    const trial = { ...best, ...change };
    const { shortest, longest } = durationBounds(trial.period);
    const fraction = trial.duration / trial.period;
    if (trial.period < limits.min || trial.period > limits.max) return;
    if (change.duration !== undefined && (fraction < shortest || fraction > longest)) return;
    const fitted = fitTransit(series, shape, trial);
    if (fitted.gain > best.gain) best = fitted;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const reach = 0.5 ** round;
    const { transitTime, duration } = best;
    for (const share of shares())
      attempt({ transitTime: transitTime + TIME_REACH * reach * share * duration });
    for (const share of shares()) attempt({ duration: duration * (1 + DURATION_REACH * reach * share) });
    const pivot = best;
    for (const share of shares()) attempt(stretch(pivot, PERIOD_REACH * reach * share * limits.step, middle));
  }
  return best;
}

/** The template at every sample; its depth as in folded-transits.ts. No gain where no sample is in transit, or for a rise. */
export function fitTransit(series: LossSeries, shape: TransitShape, ephemeris: Ephemeris): FittedTransit {
  const { time, loss, weight } = series;
  const { period, transitTime, duration } = ephemeris;
  let measured = 0;
  let expected = 0;
  let product = 0;
  let square = 0;
  for (let sample = 0; sample < time.length; sample++) {
    const turns = ((time[sample] ?? 0) - transitTime) / period;
    const inside = shape.lossAt(((turns - Math.round(turns)) * period) / duration);
    if (inside === 0) continue;
    const here = (weight[sample] ?? 0) * (loss[sample] ?? 0);
    measured += here;
    expected += (weight[sample] ?? 0) * inside;
    product += here * inside;
    square += (weight[sample] ?? 0) * inside * inside;
  }
  const depth = expected > 0 ? measured / expected : 0;
  return {
    period,
    transitTime,
    duration,
    depth,
    gain: depth > 0 ? depth * (2 * product - depth * square) : 0,
  };
}

/** Another period, with the transit in the middle of the curve held where it is. */
function stretch({ period, transitTime }: Ephemeris, change: number, middle: number): Partial<Ephemeris> {
  const turns = Math.round((middle - transitTime) / period);
  return { period: period * (1 + change), transitTime: transitTime - turns * period * change };
}

function* shares(): Generator<number> {
  for (let trial = 1; trial <= TRIALS; trial++) {
    yield trial / TRIALS;
    yield -trial / TRIALS;
  }
}
