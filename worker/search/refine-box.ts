/**
 * The last digits of a box: period, middle and duration are varied in turn, in ever smaller steps, and each
 * trial is summed over all samples exactly, without bins. What is reported as `power` comes from here.
 */
import { at } from '../../core/light-curve/samples.ts';
import { type Objective, scoreBox } from './box-windows.ts';
import type { Box, Series } from './folded-boxes.ts';
import { MAX_DUTY_CYCLE } from './period-grid.ts';

const ROUNDS = 4;
const TRIALS = 5;

export interface Refinement {
  readonly objective: Objective;
  /** Days; no period leaves these bounds. */
  readonly min: number;
  readonly max: number;
  /** The spacing of the grid, relative to the period. */
  readonly step: number;
}

export function refineBox(series: Series, start: Box, range: Refinement): Box {
  const { objective } = range;
  const middle = (at(series.time, 0) + at(series.time, series.time.length - 1)) / 2;
  let best: Box = { ...start, power: boxPower(series, start, objective) };
  const attempt = (change: Partial<Box>): void => {
    const box = { ...best, ...change };
    if (box.period < range.min || box.period > range.max || box.duration > MAX_DUTY_CYCLE * box.period)
      return;
    const power = boxPower(series, box, objective);
    if (power > best.power) best = { ...box, power };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const reach = 0.5 ** round;
    for (const share of shares())
      attempt({ transitTime: best.transitTime + 0.2 * reach * share * best.duration });
    for (const share of shares()) attempt({ duration: best.duration * (1 + 0.2 * reach * share) });
    for (const share of shares()) attempt(pivot(best, 0.25 * reach * share * range.step, middle));
  }
  return {
    ...best,
    transitTime: best.transitTime - Math.floor(best.transitTime / best.period) * best.period,
  };
}

type BoxPlace = Pick<Box, 'period' | 'duration' | 'transitTime'>;

/** The objective for one box, over all samples; 0 for a rise, and for a box with no samples or most of them. */
export function boxPower(series: Series, box: BoxPlace, objective: Objective): number {
  const { inside, sum } = sumBox(series, box);
  const { totalWeight } = series;
  return inside > 0 ? scoreBox(inside, sum, { objective, totalWeight, minWeight: 0 }) : 0;
}

/** Mean flux out of the box less the mean in it. */
export function boxDepth(series: Series, box: BoxPlace): number {
  const { inside, sum } = sumBox(series, box);
  return -sum / inside - sum / (series.totalWeight - inside);
}

function sumBox({ time, flux, weight }: Series, box: BoxPlace): { inside: number; sum: number } {
  const frequency = 1 / box.period;
  const half = box.duration / 2 / box.period;
  let inside = 0;
  let sum = 0;
  for (let index = 0; index < time.length; index++) {
    const turns = ((time[index] ?? 0) - box.transitTime) * frequency;
    if (Math.abs(turns - Math.round(turns)) > half) continue;
    inside += weight[index] ?? 0;
    sum += (weight[index] ?? 0) * (flux[index] ?? 0);
  }
  return { inside, sum };
}

/** Another period with the transit in the middle of the series (a time) held where it is. */
function pivot(box: Box, change: number, middle: number): Partial<Box> {
  const turns = Math.round((middle - box.transitTime) / box.period);
  return { period: box.period * (1 + change), transitTime: box.transitTime - turns * box.period * change };
}

function* shares(): Generator<number> {
  for (let trial = 1; trial <= TRIALS; trial++) {
    yield trial / TRIALS;
    yield -trial / TRIALS;
  }
}
