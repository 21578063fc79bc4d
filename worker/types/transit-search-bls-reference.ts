/**
 * Task type `transit_search_bls_reference`: finds the period of the strongest box-shaped dips of a light curve, and
 * says whether it is the one that the curve was made with. A wrong period is a result, not a failure.
 */
import { setImmediate } from 'node:timers/promises';
import { EaselError } from '../../core/model/errors.ts';
import { type BoxSearchResult, searchBoxes, shortestPeriod } from '../light-curve/box-least-squares.ts';
import { findCadence, type LightCurve, sliceLightCurve } from '../light-curve/light-curve.ts';
import { readLightCurve } from '../light-curve/read-light-curve.ts';
import { at, lowerBound } from '../light-curve/samples.ts';
import { seriesOf } from '../light-curve/series.ts';
import { judgePeriod } from '../light-curve/transit-outcome.ts';
import { writeRows } from '../light-curve/write-text.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import { readGroup, readInput, readNumber, readOptionalNumber, settingError } from './settings.ts';

const DEFAULT_PERIOD_MIN = 0.5;
const SEARCH_KEYS = ['period_min', 'period_max'];
const MIN_SAMPLES = 10;

export async function run(context: TaskContext): Promise<Metadata> {
  const file = readInput(context, 'lightcurve');
  const searched = readOptionalNumber(context.settings, 'lc_duration', { above: 0 });
  const stored = await readLightCurve(file);
  const curve = searched === undefined ? stored.curve : firstDays(stored.curve, searched);
  if (curve.time.length < MIN_SAMPLES) {
    throw new EaselError('task', `${file.name}: ${curve.time.length} samples are too few to search`);
  }
  const span = at(curve.time, curve.time.length - 1) - at(curve.time, 0);
  const cadence = findCadence(curve);
  const { periodMin, periodMax } = readRange(context, { span, cadence });

  const series = seriesOf(curve, file.name);
  const tick = async (fraction: number): Promise<void> => {
    context.progress(fraction);
    await setImmediate();
    context.signal.throwIfAborted();
  };
  const result = await searchBoxes(series, { periodMin, periodMax, cadence, tick });
  await writeSpectrum(context.outputs.debugging, result);
  const { period, power } = result.best;
  context.log('info', `period ${period.toFixed(5)} d, power ${power.toPrecision(4)}`);
  return { period, power, ...judgePeriod(period, stored.metadata) };
}

/** The period must lie in the range that was asked for; the verdict stands with the spectrum, the only product. */
export function qualityControl(context: TaskContext, metadata: Metadata): QualityControl {
  if (context.outputs.debugging === undefined) return {};
  const group = readGroup(context, 'search_settings', SEARCH_KEYS);
  const min = readNumber(group, 'period_min', { default: DEFAULT_PERIOD_MIN });
  const max = readNumber(group, 'period_max', { default: Number.MAX_VALUE });
  const { period } = metadata;
  if (typeof period !== 'number')
    return { debugging: { passed: false, reason: 'the search found no period' } };
  if (period >= min && period <= max) return { debugging: { passed: true } };
  return { debugging: { passed: false, reason: `the period ${period} d is not in the range searched` } };
}

function firstDays(curve: LightCurve, days: number): LightCurve {
  return sliceLightCurve(curve, 0, lowerBound(curve.time, at(curve.time, 0) + days));
}

interface Range {
  readonly periodMin: number;
  readonly periodMax: number;
}

/** `span`: days from the first sample to the last. A longer period than that cannot be told from any other. */
function readRange(context: TaskContext, { span, cadence }: { span: number; cadence: number }): Range {
  const group = readGroup(context, 'search_settings', SEARCH_KEYS);
  const name = 'search_settings';
  const shortest = shortestPeriod(cadence);
  const defaultMin = Math.max(DEFAULT_PERIOD_MIN, shortest);
  const periodMin = readNumber(group, 'period_min', { default: defaultMin, above: 0 }, name);
  const wanted = readNumber(group, 'period_max', { default: span / 2 }, name);
  const periodMax = Math.min(wanted, span);
  if (periodMin < shortest) {
    const found = `is ${periodMin} d: at this curve's cadence it must be at least ${shortest.toFixed(3)} d`;
    throw settingError('period_min', name, found);
  }
  if (periodMax <= periodMin) {
    const found = `is ${periodMax} d, not more than period_min (${periodMin} d)`;
    throw settingError('period_max', name, found);
  }
  if (wanted > span) {
    context.log('warning', `periods are searched up to ${span.toFixed(3)} d, the length of the curve`);
  }
  return { periodMin, periodMax };
}

async function writeSpectrum(path: string | undefined, { periods, powers }: BoxSearchResult): Promise<void> {
  if (path === undefined) return;
  await writeRows(path, { header: '# period[d],power\n', columns: [periods, powers], separator: ',' });
}
