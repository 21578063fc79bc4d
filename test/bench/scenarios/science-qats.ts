/**
 * QATS: one window of intervals, by the dynamic programme as it is searched with, beside the same programme with a maximum taken anew
 * for each start, O(M N W): the least of several times each. And a whole search with the default settings, in CPU time. No database.
 */

import { seededRandom } from '../../../core/model/random.ts';
import { sumBoxes } from '../../../worker/search/even-raster.ts';
import { durationTrials } from '../../../worker/search/interval-windows.ts';
import { searchTrains } from '../../../worker/search/quasiperiodic-search.ts';
import { seriesOf } from '../../../worker/search/series.ts';
import { type IntervalWindow, scoreTrains } from '../../../worker/search/transit-train.ts';
import { addGaussianNoise } from '../../../worker/synthesis/gaussian-noise.ts';
import type { Figure } from '../scenario.ts';

const CADENCE = 900 / 86_400;
const DAYS = 730;
const SMOKE_DAYS = 40;
/** Cells. */
const TRANSIT = 5;
const SHORTEST = 400;
const WIDTHS = [2, 16, 128];
const REPEATS = 7;
const MIN_COUNT = 2;

export async function measureQats(isSmoke: boolean): Promise<Figure[]> {
  const noise = new Float64Array(Math.round((isSmoke ? SMOKE_DAYS : DAYS) / CADENCE));
  addGaussianNoise(noise, 1, seededRandom(1));
  const boxes = sumBoxes(noise, TRANSIT);
  const windows = WIDTHS.map((width) => measureWindow(boxes, { min: SHORTEST, max: SHORTEST + width - 1 }));
  return [...windows.flat(), await measureSearch(noise)];
}

function measureWindow(boxes: Float64Array, window: IntervalWindow): Figure[] {
  const row = new Float64Array(boxes.length);
  const sliding = fastest(() => scoreTrains(boxes, window, MIN_COUNT, row).score);
  const naive = fastest(() => scoreNaively(boxes, window));
  if (Math.abs(sliding.answer - naive.answer) > 1e-9 * Math.abs(naive.answer)) {
    throw new Error(`the best train scores ${sliding.answer}, and ${naive.answer} where it is taken naively`);
  }
  const name = `window of ${window.max - window.min + 1} cells`;
  return [
    { name: `${name}, sliding maximum`, value: sliding.ms, unit: 'ms' },
    { name: `${name}, naive maximum`, value: naive.ms, unit: 'ms' },
    { name: `${name}, how much faster`, value: naive.ms / sliding.ms, unit: 'x', target: { atLeast: 1 } },
  ];
}

/** Of white noise: how long a search takes does not depend on what is in the curve. */
async function measureSearch(noise: Float64Array): Promise<Figure> {
  const zero = new Float64Array(noise.length);
  const time = noise.map((_, index) => index * CADENCE);
  const series = seriesOf({ time, flux: noise, flag: zero, uncertainty: zero }, 'noise');
  const begun = process.cpuUsage();
  await searchTrains(series, {
    ...{ periodMin: 4, periodMax: (noise.length * CADENCE) / 2, variation: 5e-4, minCount: MIN_COUNT },
    ...{ durations: durationTrials(CADENCE, 0.05, 0.2, 16), cadence: CADENCE },
    tick: () => Promise.resolve(),
  });
  const name = `search of ${Math.round(noise.length * CADENCE)} d at 900 s`;
  return { name, value: process.cpuUsage(begun).user / 1e6, unit: 's', target: { atMost: 60 } };
}

function fastest(work: () => number): { readonly answer: number; readonly ms: number } {
  let answer = 0;
  let ms = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const begun = performance.now();
    answer = work();
    ms = Math.min(ms, performance.now() - begun);
  }
  return { answer, ms };
}

/** Rows over the same starts as the programme has, but every start of the row before looked at that the window allows. */
function scoreNaively(boxes: Float64Array, { min, max }: IntervalWindow): number {
  const rows = [new Float64Array(boxes.length), new Float64Array(boxes.length)] as const;
  let [before, row] = rows;
  before.set(boxes.subarray(0, max));
  let best = Number.NEGATIVE_INFINITY;
  for (let count = 2; (count - 1) * min < boxes.length; count++) {
    const lowest = (count - 2) * min;
    const highest = Math.min((count - 1) * max, boxes.length) - 1;
    for (let start = lowest + min; start < Math.min(count * max, boxes.length); start++) {
      const last = Math.min(start - min, highest);
      let most = Number.NEGATIVE_INFINITY;
      for (let from = Math.max(start - max, lowest); from <= last; from++) {
        if ((before[from] ?? 0) > most) most = before[from] ?? 0;
      }
      row[start] = most + (boxes[start] ?? 0);
      if (start + max >= boxes.length) best = Math.max(best, (row[start] ?? 0) / Math.sqrt(count));
    }
    [before, row] = [row, before];
  }
  return best;
}
