/**
 * What the transit searches have in common: the curve that they search, the periods that they are asked for,
 * and the table of what they saw.
 */
import { findCadence, type LightCurve, sliceLightCurve } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { at, lowerBound } from '../../core/light-curve/samples.ts';
import { type Column, writeTables } from '../../core/light-curve/write-tables.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import {
  readGroup,
  readInput,
  readNumber,
  readOptionalNumber,
  type Settings,
  settingError,
} from '../task-settings.ts';

const MIN_SAMPLES = 10;
const GROUP = 'search_settings';

export interface SearchedCurve {
  /** Of the file, for messages. */
  readonly name: string;
  /** The first `lc_duration` days, flagged samples included. */
  readonly curve: LightCurve;
  /** Of the product and the header of its file. */
  readonly metadata: Metadata;
  /** Days from the first sample to the last. */
  readonly span: number;
  /** Median step of the samples, days. */
  readonly cadence: number;
}

/** The input `lightcurve`, cut to the setting `lc_duration`. */
export async function readSearchedCurve(context: TaskContext): Promise<SearchedCurve> {
  const file = readInput(context, 'lightcurve');
  const days = readOptionalNumber(context.settings, 'lc_duration', { above: 0 });
  const { curve: whole, metadata } = await readLightCurve(file);
  const curve = days === undefined ? whole : firstDays(whole, days);
  if (curve.time.length < MIN_SAMPLES) {
    throw new EaselError('task', `${file.name}: ${curve.time.length} samples are too few to search`);
  }
  const span = at(curve.time, curve.time.length - 1) - at(curve.time, 0);
  return { name: file.name, curve, metadata, span, cadence: findCadence(curve) };
}

export interface PeriodLimits {
  /** Days; no default goes below it, and no setting may. */
  readonly shortest: number;
  /** Of `period_min`, days. */
  readonly defaultMin: number;
  /** Names of every key that the search knows in `search_settings`. */
  readonly known: readonly string[];
}

export interface PeriodBounds {
  /** Days. */
  readonly periodMin: number;
  readonly periodMax: number;
}

/** `search_settings.period_min` and `period_max`. A period longer than the curve cannot be told from any other. */
export function readPeriodBounds(
  context: TaskContext,
  { span }: SearchedCurve,
  { shortest, defaultMin, known }: PeriodLimits,
): PeriodBounds {
  const group = readGroup(context, GROUP, known);
  const lowest = Math.max(defaultMin, shortest);
  const periodMin = readNumber(group, 'period_min', { default: lowest, above: 0 }, GROUP);
  const wanted = readNumber(group, 'period_max', { default: span / 2 }, GROUP);
  const periodMax = Math.min(wanted, span);
  if (periodMin < shortest) {
    const found = `is ${periodMin} d: at this curve's cadence it must be at least ${shortest.toFixed(3)} d`;
    throw settingError('period_min', GROUP, found);
  }
  if (periodMax <= periodMin) {
    const found = `is ${periodMax} d, not more than period_min (${periodMin} d)`;
    throw settingError('period_max', GROUP, found);
  }
  if (wanted > span) {
    context.log('warning', `periods are searched up to ${span.toFixed(3)} d, the length of the curve`);
  }
  return { periodMin, periodMax };
}

/** `search_settings` as they are, for what a search knows besides periods: `readPeriodBounds` checks the whole. */
export function searchSettings({ settings }: TaskContext): Settings {
  const value = settings[GROUP];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The optional output `debugging`: `spectrum.csv` in a tar.gz, and whatever else the search has to show. */
export async function writeDebugging(
  context: TaskContext,
  tables: { readonly [name: string]: readonly Column[] },
): Promise<void> {
  const path = context.outputs.debugging;
  if (path !== undefined) await writeTables(path, tables);
}

/**
 * The period must lie in the range that was asked for, or as near to it as `slack` (days); the verdict stands with
 * `debugging`, the only product.
 */
export function judgeDebugging(
  context: TaskContext,
  metadata: Metadata,
  defaultMin: number,
  slack = 0,
): QualityControl {
  if (context.outputs.debugging === undefined) return {};
  const group = searchSettings(context);
  const min = readNumber(group, 'period_min', { default: defaultMin });
  const max = readNumber(group, 'period_max', { default: Number.MAX_VALUE });
  const { period } = metadata;
  const refuse = (reason: string): QualityControl => ({ debugging: { passed: false, reason } });
  if (typeof period !== 'number') return refuse('the search found no period');
  if (period >= min - slack && period <= max + slack) return { debugging: { passed: true } };
  return refuse(`the period ${period} d is not in the range searched`);
}

function firstDays(curve: LightCurve, days: number): LightCurve {
  return sliceLightCurve(curve, 0, lowerBound(curve.time, at(curve.time, 0) + days));
}
