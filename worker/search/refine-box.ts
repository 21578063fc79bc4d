/**
 * The last digits of a box: period, middle and duration are varied in turn, in ever smaller steps, and each
 * trial is summed over all samples exactly, without bins. What is reported as `power` comes from here.
 */
import type { Box, Series } from './folded-boxes.ts';
import { MAX_DUTY_CYCLE, type PeriodRange } from './period-grid.ts';

const ROUNDS = 4;
const TRIALS = 5;

/** `step`: the spacing of the grid, relative to the period. */
export function refineBox(series: Series, start: Box, range: PeriodRange & { readonly step: number }): Box {
  let best: Box = { ...start, power: boxPower(series, start) };
  const attempt = (change: Partial<Box>): void => {
    const box = { ...best, ...change };
    if (box.period < range.min || box.period > range.max || box.duration > MAX_DUTY_CYCLE * box.period)
      return;
    const power = boxPower(series, box);
    if (power > best.power) best = { ...box, power };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const reach = 0.5 ** round;
    for (const share of shares())
      attempt({ transitTime: best.transitTime + 0.2 * reach * share * best.duration });
    for (const share of shares()) attempt({ duration: best.duration * (1 + 0.2 * reach * share) });
    for (const share of shares()) attempt(pivot(best, 0.25 * reach * share * range.step, range.baseline));
  }
  return {
    ...best,
    transitTime: best.transitTime - Math.floor(best.transitTime / best.period) * best.period,
  };
}

/** astropy's `likelihood` for one box, over all samples; 0 for a rise, and for a box with no samples or most of them. */
export function boxPower(series: Series, box: Pick<Box, 'period' | 'duration' | 'transitTime'>): number {
  const { time, flux, weight, totalWeight } = series;
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
  const outside = totalWeight - inside;
  if (inside <= 0 || outside < inside || sum >= 0) return 0;
  return 0.5 * inside * (sum / inside + sum / outside) ** 2;
}

/** Another period with the transit in the middle of the baseline held where it is. */
function pivot(box: Box, change: number, baseline: number): Partial<Box> {
  const turns = Math.round((baseline / 2 - box.transitTime) / box.period);
  return { period: box.period * (1 + change), transitTime: box.transitTime - turns * box.period * change };
}

function* shares(): Generator<number> {
  for (let trial = 1; trial <= TRIALS; trial++) {
    yield trial / TRIALS;
    yield -trial / TRIALS;
  }
}
