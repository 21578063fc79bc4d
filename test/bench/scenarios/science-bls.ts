/**
 * Both box searches on a curve like that of K2-3, in one thread; beside them the search as one would write it down first, each
 * box from each sample on added up, on few periods of the same grid and scaled to all of them. No database.
 */
import { findCadence, type LightCurve } from '../../../core/light-curve/light-curve.ts';
import { searchBoxes } from '../../../worker/search/box-least-squares.ts';
import type { Series } from '../../../worker/search/folded-boxes.ts';
import { seriesOf } from '../../../worker/search/series.ts';
import { searchResidues } from '../../../worker/search/signal-residue.ts';
import type { Figure } from '../scenario.ts';
import { likeK23, NOISE, STRONGEST_PERIOD } from './like-k2-3.ts';

interface Size {
  readonly days: number;
  readonly naivePeriods: number;
}

const FULL: Size = { days: 80, naivePeriods: 16 };
const SMOKE: Size = { days: 22, naivePeriods: 2 };
const TARGET_S = 1;
/** Days, as the reference search tries them on this curve. */
const DURATIONS = [0.0408, 0.0572, 0.08, 0.112, 0.157, 0.22, 0.307, 0.43, 0.602];

export async function measureBoxSearch(isSmoke: boolean): Promise<Figure[]> {
  const { days, naivePeriods } = isSmoke ? SMOKE : FULL;
  const curve = curveOf(days);
  const series = seriesOf(curve, 'the curve');
  const tick = async (): Promise<void> => undefined;
  const search = { periodMin: 0.5, periodMax: days / 2, cadence: findCadence(curve), tick };
  const reference = await timed(() => searchBoxes(series, search));
  const kovacs = await timed(() => searchResidues(series, search));
  for (const found of [reference.result.best, kovacs.result?.best]) {
    const error = Math.abs((found?.period ?? 0) / STRONGEST_PERIOD - 1);
    if (error > 3e-3) throw new Error(`a search found ${found?.period} d, not ${STRONGEST_PERIOD} d`);
  }
  const { periods } = reference.result;
  const naive = await timed(async () => {
    for (let each = 0; each < naivePeriods; each++) {
      searchNaively(series, periods[Math.floor(((each + 0.5) / naivePeriods) * periods.length)] ?? 1);
    }
  });
  const naiveSeconds = (naive.seconds * periods.length) / naivePeriods;
  const target = { atMost: TARGET_S };
  return [
    { name: `reference, ${days} d, ${periods.length} periods`, value: reference.seconds, unit: 's', target },
    { name: `kovacs, ${days} d`, value: kovacs.seconds, unit: 's', target },
    { name: `sample by sample, scaled from ${naivePeriods}`, value: naiveSeconds, unit: 's' },
    {
      name: 'reference, times as fast',
      value: naiveSeconds / reference.seconds,
      unit: 'x',
      target: { atLeast: 2 },
    },
  ];
}

function curveOf(days: number): LightCurve {
  const { time, loss } = likeK23(days);
  const flux = loss.map((each) => 1 - each);
  return { time, flux, flag: new Float64Array(time.length), uncertainty: time.map(() => NOISE) };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const begun = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - begun) / 1_000 };
}

/** The best likelihood of one period: folded, sorted, and the samples of each box from each sample on added up. */
function searchNaively({ time, flux, weight, totalWeight }: Series, period: number): number {
  const order = [...time.keys()].sort((a, b) => ((time[a] ?? 0) % period) - ((time[b] ?? 0) % period));
  const twice = [...order, ...order];
  const phases = twice.map((sample, at) => ((time[sample] ?? 0) % period) + (at < order.length ? 0 : period));
  let best = 0;
  for (const duration of DURATIONS.filter((each) => each <= 0.2 * period)) {
    for (let start = 0; start < order.length; start++) {
      let inside = 0;
      let sum = 0;
      for (let at = start; (phases[at] ?? 0) < (phases[start] ?? 0) + duration; at++) {
        const sample = twice[at] ?? 0;
        inside += weight[sample] ?? 0;
        sum += (weight[sample] ?? 0) * (flux[sample] ?? 0);
      }
      const outside = totalWeight - inside;
      if (sum < 0) best = Math.max(best, (sum * sum * totalWeight ** 2) / (2 * inside * outside ** 2));
    }
  }
  return best;
}
