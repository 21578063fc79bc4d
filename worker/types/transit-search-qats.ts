/**
 * Task type `transit_search_qats`: finds transits whose intervals vary within bounds, so that timing variations do not
 * hide them, and says whether their mean interval is the period that the curve was made with.
 */
import { EaselError } from '../../core/model/errors.ts';
import { searchTrains } from '../search/quasiperiodic-search.ts';
import { judgeDebugging, readSearchedCurve, writeDebugging } from '../search/searched-curve.ts';
import { seriesOf } from '../search/series.ts';
import { DEFAULT_PERIOD_MIN, readTrainSearch } from '../search/train-settings.ts';
import { judgePeriod } from '../search/transit-outcome.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';

export async function run(context: TaskContext): Promise<Metadata> {
  const searched = await readSearchedCurve(context);
  const { name, curve, metadata } = searched;
  const search = readTrainSearch(context, searched);
  const found = await searchTrains(seriesOf(curve, name), search);
  if (found === undefined) {
    throw new EaselError('task', `${name}: no train of ${search.minCount} transits fits the curve`);
  }
  const { best, spectrum } = found;
  await writeDebugging(context, { spectrum });
  const { period, count, sn } = best;
  context.log('info', `${count} transits every ${period.toFixed(5)} d, S/N ${sn.toPrecision(4)}`);
  return {
    period,
    transit_count: count,
    period_span: count - 1,
    first_transit: best.first,
    last_transit: best.last,
    interval_min: best.intervalMin,
    interval_max: best.intervalMax,
    depth: best.depth,
    duration: best.duration,
    sn,
    sn_background: best.background,
    ...judgePeriod(period, metadata),
  };
}

/** A mean interval may lie outside the range by a cell of the raster: less than a transit takes. */
export function qualityControl(context: TaskContext, metadata: Metadata): QualityControl {
  const { duration } = metadata;
  return judgeDebugging(context, metadata, DEFAULT_PERIOD_MIN, typeof duration === 'number' ? duration : 0);
}
