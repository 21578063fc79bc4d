/**
 * Task type `transit_search_tls`: finds the period of the strongest transits of a light curve, by the shape of a planet's
 * transit, and says how far they stand out from noise. Finding nothing, or another period than the recorded one, is a
 * result and not a failure.
 */
import { at } from '../../core/light-curve/samples.ts';
import type { Column } from '../../core/light-curve/write-tables.ts';
import { falseAlarmProbability } from '../search/false-alarm.ts';
import type { LossSeries } from '../search/folded-transits.ts';
import { lossSeriesOf } from '../search/loss-series.ts';
import type { FittedTransit } from '../search/refine-transit.ts';
import { judgeDebugging, readSearchedCurve, writeDebugging } from '../search/searched-curve.ts';
import { transitPeriods } from '../search/transit-grid.ts';
import { gridOf, searchTransits, type TransitSearchResult } from '../search/transit-least-squares.ts';
import { judgePeriod } from '../search/transit-outcome.ts';
import { DEFAULT_PERIOD_MIN, readSearchSettings } from '../search/transit-search-settings.ts';
import { oddWidth } from '../search/transit-spectrum.ts';
import { firstTransit, transitStatistics } from '../search/transit-statistics.ts';
import { TransitShape } from '../search/transit-template.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';

/** Samples times periods from which a search takes hours. */
const LONG_SEARCH = 5e10;

export async function run(context: TaskContext): Promise<Metadata> {
  const searched = await readSearchedCurve(context);
  const settings = readSearchSettings(context, searched);
  const { series, start } = lossSeriesOf(searched.curve, searched.name);
  const shape = new TransitShape(settings.limbDarkening);
  announce(context, series.time.length, transitPeriods(gridOf(series, settings)).length);
  const { signal } = context;
  const progress = (fraction: number): void => context.progress(fraction);
  const result = await searchTransits(series, settings, { threads: context.cpus, signal, progress });
  const { transit, periods, spectrum } = result;
  if (periods.length <= 2 * oddWidth(settings.oversampling)) {
    context.log(
      'warning',
      `${periods.length} periods are few: sde and fap say little, the spectrum keeps its trend`,
    );
  }
  await writeDebugging(context, tablesOf(series, shape, result));
  context.progress(1);
  const fap = falseAlarmProbability(spectrum.sde);
  const found = transit === undefined ? NOTHING : describe(series, shape, { transit, start });
  const { period } = found;
  context.log('info', `period ${String(period)} d, sde ${spectrum.sde.toPrecision(4)}`);
  return { ...found, sde: spectrum.sde, fap, ...judgePeriod(Number(period ?? 0), searched.metadata) };
}

function announce(context: TaskContext, samples: number, periods: number): void {
  context.log(
    'info',
    `${samples} samples, ${periods} periods, ${Math.max(1, Math.floor(context.cpus))} threads`,
  );
  if (samples * periods < LONG_SEARCH) return;
  context.log('warning', 'this search takes hours: average the curve first, with the task type binning');
}

export function qualityControl(context: TaskContext, metadata: Metadata): QualityControl {
  if (metadata.period === null) return {};
  return judgeDebugging(context, metadata, DEFAULT_PERIOD_MIN);
}

const NOTHING: Metadata = {
  ...{ period: null, t0: null, duration: null, depth: null, transit_count: 0, distinct_transit_count: 0 },
  ...{ snr: null, depth_even: null, depth_odd: null, odd_even_mismatch: null },
};

interface Found {
  readonly transit: FittedTransit;
  /** Of the series, on the axis of the curve. */
  readonly start: number;
}

function describe(series: LossSeries, shape: TransitShape, { transit, start }: Found): Metadata {
  const statistics = transitStatistics(series, shape, transit);
  return {
    period: transit.period,
    t0: start + firstTransit(transit),
    duration: transit.duration,
    depth: transit.depth,
    transit_count: statistics.transitCount,
    distinct_transit_count: statistics.seenCount,
    snr: statistics.signalToNoise,
    depth_even: statistics.depthEven,
    depth_odd: statistics.depthOdd,
    odd_even_mismatch: statistics.mismatch,
  };
}

/** The spectrum; and, of what was found, the curve folded about mid-transit, with the model. */
function tablesOf(
  series: LossSeries,
  shape: TransitShape,
  { transit, periods, spectrum }: TransitSearchResult,
): { [name: string]: Column[] } {
  const columns = [
    { title: 'period[d]', values: periods },
    { title: 'signal_residue', values: spectrum.residue },
    { title: 'power', values: spectrum.power },
  ];
  if (transit === undefined) return { spectrum: columns };
  const fromMiddle = series.time.map((time) => {
    const turns = (time - transit.transitTime) / transit.period;
    return (turns - Math.round(turns)) * transit.period;
  });
  const order = [...fromMiddle.keys()].sort((a, b) => at(fromMiddle, a) - at(fromMiddle, b));
  const sorted = (values: Float64Array): Float64Array =>
    values.map((_, place) => at(values, order[place] ?? 0));
  const model = fromMiddle.map((time) => 1 - transit.depth * shape.lossAt(time / transit.duration));
  const folded = [
    { title: 'time_from_transit[d]', values: sorted(fromMiddle) },
    { title: 'flux', values: sorted(series.loss.map((loss) => 1 - loss)) },
    { title: 'model', values: sorted(model) },
  ];
  return { spectrum: columns, folded };
}
