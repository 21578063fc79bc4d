/**
 * Task type `transit_search_bls_reference`: finds the period of the strongest box-shaped dips of a light curve, and
 * says whether it is the one that the curve was made with. A wrong period is a result, not a failure.
 */
import { searchBoxes, shortestPeriod } from '../search/box-least-squares.ts';
import {
  judgeDebugging,
  readPeriodBounds,
  readSearchedCurve,
  writeDebugging,
} from '../search/searched-curve.ts';
import { seriesOf } from '../search/series.ts';
import { judgePeriod } from '../search/transit-outcome.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import { tickOf } from '../task-tick.ts';

const DEFAULT_PERIOD_MIN = 0.5;
const KNOWN = ['period_min', 'period_max'];

export async function run(context: TaskContext): Promise<Metadata> {
  const searched = await readSearchedCurve(context);
  const { name, curve, cadence, metadata } = searched;
  const limits = { shortest: shortestPeriod(cadence), defaultMin: DEFAULT_PERIOD_MIN, known: KNOWN };
  const range = readPeriodBounds(context, searched, limits);
  const search = { ...range, cadence, tick: tickOf(context) };
  const { best, periods, powers } = await searchBoxes(seriesOf(curve, name), search);
  const spectrum = [
    { title: 'period[d]', values: periods },
    { title: 'power', values: powers },
  ];
  await writeDebugging(context, { spectrum });
  const { period, power } = best;
  context.log('info', `period ${period.toFixed(5)} d, power ${power.toPrecision(4)}`);
  return { period, power, ...judgePeriod(period, metadata) };
}

export function qualityControl(context: TaskContext, metadata: Metadata): QualityControl {
  return judgeDebugging(context, metadata, DEFAULT_PERIOD_MIN);
}
