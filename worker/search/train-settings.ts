/** The settings of a QATS search, checked against one another and the curve, and the search that they ask for. */
import { EaselError } from '../../core/model/errors.ts';
import type { TaskContext } from '../task-module.ts';
import { readNumber, settingError } from '../task-settings.ts';
import { tickOf } from '../task-tick.ts';
import { type DurationTrial, durationTrials, intervalWindows } from './interval-windows.ts';
import { MAX_DUTY_CYCLE } from './period-grid.ts';
import type { TrainSearch } from './quasiperiodic-search.ts';
import { readPeriodBounds, type SearchedCurve, searchSettings } from './searched-curve.ts';
import { countTraced } from './transit-train.ts';

export const DEFAULT_PERIOD_MIN = 4;

/** The numbers of `search_settings` besides the periods; durations in days. */
export const TRAIN_RULES = {
  duration_min: { default: 0.05, above: 0 },
  duration_max: { default: 0.2, above: 0 },
  duration_count: { default: 16, min: 1, max: 1000 },
  min_transit_count: { default: 2, min: 2 },
  max_ttv_mag: { default: 0.0005, min: 0, max: 0.25 },
} as const;

type Key = keyof typeof TRAIN_RULES;

const GROUP = 'search_settings';
const KNOWN = ['period_min', 'period_max', ...Object.keys(TRAIN_RULES)];
/** A box of one sample is no box. */
const MIN_CADENCES = 2;
/** Numbers kept to go back from the last transit to the first: 400 MB; and cells of the raster. */
const MAX_TRACED = 50_000_000;
const MAX_CELLS = 5_000_000;

export function readTrainSearch(context: TaskContext, searched: SearchedCurve): TrainSearch {
  const { cadence } = searched;
  const limits = { shortest: 0, defaultMin: DEFAULT_PERIOD_MIN, known: KNOWN };
  const bounds = readPeriodBounds(context, searched, limits);
  const durations = readDurations(context, cadence);
  const minCount = readWhole(context, 'min_transit_count');
  const variation = read(context, 'max_ttv_mag');
  const search = { ...bounds, variation, minCount, durations, cadence, tick: tickOf(context) };
  checkPeriod(search);
  checkCount(search, searched);
  checkSize(search, searched);
  return search;
}

function read(context: TaskContext, key: Key): number {
  return readNumber(searchSettings(context), key, TRAIN_RULES[key], GROUP);
}

function readWhole(context: TaskContext, key: Key): number {
  const value = read(context, key);
  if (Number.isInteger(value)) return value;
  throw settingError(key, GROUP, `is ${value}: it must be a whole number`);
}

function readDurations(context: TaskContext, cadence: number): DurationTrial[] {
  const min = read(context, 'duration_min');
  const max = read(context, 'duration_max');
  const count = readWhole(context, 'duration_count');
  if (max < min) throw settingError('duration_max', GROUP, `is ${max} d, less than duration_min (${min} d)`);
  const resolved = MIN_CADENCES * cadence;
  if (max < resolved) {
    const found = `is ${max} d: at this curve's cadence it must be at least ${resolved.toFixed(3)} d`;
    throw settingError('duration_max', GROUP, found);
  }
  if (min < resolved) {
    context.log('warning', `durations are searched from ${resolved.toFixed(3)} d, two cadences of the curve`);
  }
  return durationTrials(cadence, Math.max(min, resolved), max, count);
}

function shortestDuration({ durations, cadence }: TrainSearch): number {
  return Math.min(...durations.map(({ perCell, width }) => perCell * width)) * cadence;
}

function checkPeriod(search: TrainSearch): void {
  const shortest = shortestDuration(search) / MAX_DUTY_CYCLE;
  if (search.periodMin >= shortest) return;
  const found = `is ${search.periodMin} d: it must be at least ${shortest.toFixed(3)} d, five times the shortest duration`;
  throw settingError('period_min', GROUP, found);
}

function checkCount(search: TrainSearch, { span }: SearchedCurve): void {
  const { minCount, periodMin } = search;
  const most = 1 + Math.floor((span - shortestDuration(search)) / periodMin);
  if (minCount <= most) return;
  const found = `in ${span.toFixed(3)} d there are at most ${most} transits ${periodMin} d (period_min) apart`;
  throw settingError('min_transit_count', GROUP, `is ${minCount}: ${found}`);
}

/** What is kept for the train that is found must fit into memory, whichever it is. */
function checkSize(search: TrainSearch, { name, span }: SearchedCurve): void {
  const step = Math.min(...search.durations.map(({ perCell }) => perCell)) * search.cadence;
  const cells = span / step;
  if (cells > MAX_CELLS) {
    const longer = `searches at most ${MAX_CELLS}: give a longer duration_min, or a shorter lc_duration`;
    throw new EaselError(
      'task',
      `${name}: ${Math.ceil(cells)} cells of ${step.toPrecision(3)} d, and QATS ${longer}`,
    );
  }
  const [shortest] = intervalWindows({
    min: search.periodMin / step,
    max: search.periodMax / step,
    variation: search.variation,
  });
  if (shortest === undefined || countTraced(cells, shortest) <= MAX_TRACED) return;
  const way = `with period_min ${search.periodMin} d there are too many trains to keep: lower it, or raise period_min`;
  throw settingError('max_ttv_mag', GROUP, `is ${search.variation}: ${way}`);
}
