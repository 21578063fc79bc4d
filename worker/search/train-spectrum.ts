/**
 * The spectrum of a QATS search: for each window of intervals on the finest raster, the duration whose train stands out most
 * from its background. A window of a coarser raster counts for all the fine ones that begin between it and the next.
 */
import { at, lowerBound } from '../../core/light-curve/samples.ts';
import type { Column } from '../../core/light-curve/write-tables.ts';
import type { TrainTrial } from './train-trials.ts';
import type { IntervalWindow } from './transit-train.ts';

const ROUNDING = 1e-9;

export class TrainSpectrum {
  /** The shortest interval of each window, days. */
  readonly #starts: Float64Array;
  readonly #periods: Float64Array;
  readonly #sn: Float64Array;
  readonly #background: Float64Array;
  readonly #durations: Float64Array;
  /** 0 where no trial was recorded. */
  readonly #counts: Float64Array;

  /** @param step width of a cell, days */
  constructor(windows: readonly IntervalWindow[], step: number) {
    this.#starts = Float64Array.from(windows, ({ min }) => min * step);
    this.#periods = Float64Array.from(windows, ({ min, max }) => ((min + max) / 2) * step);
    this.#sn = new Float64Array(windows.length);
    this.#background = new Float64Array(windows.length);
    this.#durations = new Float64Array(windows.length);
    this.#counts = new Float64Array(windows.length);
  }

  /** A trial for the windows that begin at `from` days or later, and before `to`. */
  record({ sn, background, count }: TrainTrial, duration: number, from: number, to: number): void {
    const end = lowerBound(this.#starts, to * (1 - ROUNDING));
    for (let row = lowerBound(this.#starts, from * (1 - ROUNDING)); row < end; row++) {
      const excess = at(this.#sn, row) - at(this.#background, row);
      if (at(this.#counts, row) > 0 && sn - background <= excess) continue;
      this.#sn[row] = sn;
      this.#background[row] = background;
      this.#durations[row] = duration;
      this.#counts[row] = count;
    }
  }

  columns(): Column[] {
    const recorded = (values: Float64Array): Float64Array =>
      values.filter((_, row) => at(this.#counts, row) > 0);
    return [
      { title: 'period[d]', values: recorded(this.#periods) },
      { title: 'sn', values: recorded(this.#sn) },
      { title: 'background', values: recorded(this.#background) },
      { title: 'duration[d]', values: recorded(this.#durations) },
      { title: 'transit_count', values: recorded(this.#counts) },
    ];
  }
}
