/** The highest peaks of a spectrum, and the periods around one that are tried again on a finer grid. */
import { at } from '../../core/light-curve/samples.ts';

const PEAKS = 8;
/** Periods tried around a peak, over one and a half steps of the grid on either side. */
const PEAK_TRIALS = 31;
const PEAK_REACH = 1.5;

/** Indices of the highest local maxima, the highest first. */
export function highestPeaks(powers: Float64Array): number[] {
  const peaks: number[] = [];
  for (let index = 0; index < powers.length; index++) {
    const power = at(powers, index);
    const before = index === 0 ? -1 : at(powers, index - 1);
    const after = index === powers.length - 1 ? -1 : at(powers, index + 1);
    if (power > before && power >= after) peaks.push(index);
  }
  return peaks.sort((a, b) => at(powers, b) - at(powers, a)).slice(0, PEAKS);
}

/** @param step the spacing of the grid, relative to the period; no period leaves `min` to `max` */
export function* periodsAround(
  period: number,
  { step, min, max }: { readonly step: number; readonly min: number; readonly max: number },
): Generator<number> {
  const half = (PEAK_TRIALS - 1) / 2;
  for (let trial = -half; trial <= half; trial++) {
    yield Math.min(max, Math.max(min, period * (1 + (trial / half) * PEAK_REACH * step)));
  }
}
