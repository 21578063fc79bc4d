/**
 * A light curve thinned out for the eye: in each of many equal parts of the time the samples with the least and the greatest flux stay, so
 * that transits and outliers are seen however many samples there are. Flagged samples are thinned out apart from the others.
 */
import type { LightCurve } from './light-curve.ts';
import { at } from './samples.ts';

export interface ShownCurve {
  /** Samples of the whole curve. */
  readonly samples: number;
  /** Fewer are shown than there are. */
  readonly thinned: boolean;
  /** Days, ascending. */
  readonly time: number[];
  /** null where it is not finite. */
  readonly flux: (number | null)[];
  readonly flag: number[];
}

/** @param most samples that are shown; a curve of no more is shown whole */
export function thinOut(curve: LightCurve, most: number): ShownCurve {
  const { length } = curve.time;
  const kept = length <= most ? curve.time.map((_, index) => index) : extremes(curve, Math.max(1, most >> 2));
  const shown = [...kept];
  return {
    samples: length,
    thinned: shown.length < length,
    time: shown.map((index) => at(curve.time, index)),
    flux: shown.map((index) => finite(at(curve.flux, index))),
    flag: shown.map((index) => at(curve.flag, index)),
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

/** Indices, ascending: at most four of each part, the two extremes of its good and of its flagged samples. */
function extremes({ time, flux, flag }: LightCurve, parts: number): number[] {
  const begin = at(time, 0);
  const width = (at(time, time.length - 1) - begin) / parts;
  const kept: number[] = [];
  for (let start = 0; start < time.length; ) {
    const part = Math.min(parts - 1, Math.floor((at(time, start) - begin) / width));
    const found = [-1, -1, -1, -1];
    let index = start;
    for (; index < time.length; index++) {
      if (index > start && Math.min(parts - 1, Math.floor((at(time, index) - begin) / width)) !== part) break;
      const value = at(flux, index);
      if (!Number.isFinite(value)) continue;
      const side = at(flag, index) === 0 ? 0 : 2;
      const [low = -1, high = -1] = [found[side], found[side + 1]];
      if (low < 0 || value < at(flux, low)) found[side] = index;
      if (high < 0 || value > at(flux, high)) found[side + 1] = index;
    }
    kept.push(...new Set(found.filter((each) => each >= 0).sort((a, b) => a - b)));
    start = index;
  }
  return kept;
}
