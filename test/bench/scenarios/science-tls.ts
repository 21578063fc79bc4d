/**
 * Transit least squares on a curve like that of K2-3 (three planets, 80 days, a sample each half an hour), made here, on two
 * threads; beside it the same search as one would write it down first, in one thread, on few periods of the same
 * grid and scaled to all of them. No database.
 */

import type { LossSeries } from '../../../worker/search/folded-transits.ts';
import { templateWidths, widthBounds } from '../../../worker/search/transit-grid.ts';
import { gridOf, searchTransits } from '../../../worker/search/transit-least-squares.ts';
import {
  SUN_IN_KEPLER_BAND,
  type Template,
  TransitShape,
  templateOf,
} from '../../../worker/search/transit-template.ts';
import type { Figure } from '../scenario.ts';
import { likeK23, STRONGEST_PERIOD } from './like-k2-3.ts';

interface Size {
  readonly days: number;
  readonly naivePeriods: number;
}

const FULL: Size = { days: 80, naivePeriods: 16 };
const SMOKE: Size = { days: 22, naivePeriods: 2 };
const THREADS = 2;
const TARGET_S = 10;
const SETTINGS = {
  star: { radius: 1, mass: 1 },
  limbDarkening: SUN_IN_KEPLER_BAND,
  oversampling: 3,
  durationStep: 1.1,
  minDepth: 1e-5,
} as const;

export async function measureTransitSearch(isSmoke: boolean): Promise<Figure[]> {
  const { days, naivePeriods } = isSmoke ? SMOKE : FULL;
  const { time, loss } = likeK23(days);
  const series = { time, loss, weight: time.map(() => 1) };
  const settings = { ...SETTINGS, periodMin: 0.5, periodMax: days / 2 };
  const running = { threads: THREADS, signal: new AbortController().signal, progress: () => undefined };
  const begun = performance.now();
  const { transit, periods } = await searchTransits(series, settings, running);
  const seconds = (performance.now() - begun) / 1_000;
  const error = Math.abs((transit?.period ?? 0) / STRONGEST_PERIOD - 1);
  if (error > 1e-3) throw new Error(`the search found ${transit?.period} d, not ${STRONGEST_PERIOD} d`);

  const shape = new TransitShape(SETTINGS.limbDarkening);
  const grid = gridOf(series, settings);
  const templates = templateWidths(series.time.length, grid, SETTINGS.durationStep).map((width) =>
    templateOf(shape, width),
  );
  const naiveBegun = performance.now();
  for (let each = 0; each < naivePeriods; each++) {
    const period = periods[Math.floor(((each + 0.5) / naivePeriods) * periods.length)] ?? 1;
    const bounds = widthBounds(series.time.length, grid.span, period);
    searchNaively(
      series,
      period,
      templates.filter(({ width }) => width >= bounds.min && width <= bounds.max),
    );
  }
  const naiveSeconds = (((performance.now() - naiveBegun) / 1_000) * periods.length) / naivePeriods;
  return [
    {
      name: `${days} d, ${periods.length} periods, ${THREADS} threads`,
      value: seconds,
      unit: 's',
      target: { atMost: TARGET_S },
    },
    { name: `sample by sample, 1 thread, scaled from ${naivePeriods}`, value: naiveSeconds, unit: 's' },
    { name: 'times as fast', value: naiveSeconds / seconds, unit: 'x', target: { atLeast: 10 } },
  ];
}

/** The lowest chi^2 of one period, every window of every template added up. */
function searchNaively({ time, loss }: LossSeries, period: number, templates: readonly Template[]): number {
  const order = [...time.keys()].sort((a, b) => ((time[a] ?? 0) % period) - ((time[b] ?? 0) % period));
  const folded = Float64Array.from([...order, ...order], (sample) => loss[sample] ?? 0);
  let best = 0;
  for (const template of templates) {
    for (let start = 0; start < order.length; start++) {
      let measured = 0;
      for (let sample = 0; sample < template.width; sample++) measured += folded[start + sample] ?? 0;
      const depth = measured / template.sum;
      if (measured <= SETTINGS.minDepth * template.width) continue;
      let gain = 0;
      for (let sample = 0; sample < template.width; sample++) {
        const here = folded[start + sample] ?? 0;
        gain += here * here - (here - depth * (template.loss[sample] ?? 0)) ** 2;
      }
      if (gain > best) best = gain;
    }
  }
  return best;
}
