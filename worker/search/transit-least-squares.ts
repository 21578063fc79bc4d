/**
 * Transit least squares (Hippke & Heller 2019, A&A 623, A39): for every period of the grid the best transit of the folded
 * curve, on as many threads as there are processors; how far the best period stands out; and its transit once more,
 * exactly, on all samples at their own times.
 */
import { extname, join } from 'node:path';
import { at } from '../../core/light-curve/samples.ts';
import type { LossSeries } from './folded-transits.ts';
import { computePeriods, shareNumbers } from './period-threads.ts';
import { type FittedTransit, refineTransit } from './refine-transit.ts';
import { type PeriodGrid, relativeStep, type Star, templateWidths, transitPeriods } from './transit-grid.ts';
import { type TransitSpectrum, transitSpectrum } from './transit-spectrum.ts';
import { type LimbDarkening, TransitShape } from './transit-template.ts';
import type { TransitThreadInput } from './transit-thread.ts';

/** A template moves on by this share of its duration: `T0_fit_margin` of the paper. */
const TIME_MARGIN = 0.01;
/** What gain, phase and duration take for each period. */
const COLUMNS = 3;

export interface TransitSearchSettings {
  /** Days. */
  readonly periodMin: number;
  readonly periodMax: number;
  readonly star: Star;
  readonly limbDarkening: LimbDarkening;
  readonly oversampling: number;
  /** Ratio of neighbouring durations. */
  readonly durationStep: number;
  readonly minDepth: number;
}

export interface Running {
  readonly threads: number;
  readonly signal: AbortSignal;
  progress(fraction: number): void;
}

export interface TransitSearchResult {
  /** Undefined where nothing at any period is deeper than the least depth. */
  readonly transit: FittedTransit | undefined;
  readonly periods: Float64Array;
  readonly spectrum: TransitSpectrum;
}

export async function searchTransits(
  series: LossSeries,
  settings: TransitSearchSettings,
  running: Running,
): Promise<TransitSearchResult> {
  const grid = gridOf(series, settings);
  const periods = transitPeriods(grid);
  const input: TransitThreadInput = {
    series: {
      time: shareNumbers(series.time),
      loss: shareNumbers(series.loss),
      weight: shareNumbers(series.weight),
    },
    span: grid.span,
    limbDarkening: settings.limbDarkening,
    widths: templateWidths(series.time.length, grid, settings.durationStep),
    minDepth: settings.minDepth,
    margin: TIME_MARGIN,
  };
  const entry = join(import.meta.dirname, `transit-thread${extname(import.meta.filename)}`);
  const none = new Float64Array(periods.length);
  const [gains = none, phases = none, durations = none] = await computePeriods({
    ...{ entry, input, periods, columns: COLUMNS },
    ...running,
  });
  const flat = series.loss.reduce((sum, each, index) => sum + at(series.weight, index) * each * each, 0);
  const spectrum = transitSpectrum(
    gains.map((gain) => flat - gain),
    settings.oversampling,
  );
  const { best } = spectrum;
  if (at(gains, best) <= 0) return { transit: undefined, periods, spectrum };
  const period = at(periods, best);
  const start = { period, transitTime: at(phases, best) * period, duration: at(durations, best) * period };
  const limits = { min: grid.min, max: grid.max, step: relativeStep(grid, period) };
  const transit = refineTransit(series, new TransitShape(settings.limbDarkening), start, limits);
  return { transit, periods, spectrum };
}

export function gridOf(series: LossSeries, settings: TransitSearchSettings): PeriodGrid {
  const { star, oversampling, periodMin: min, periodMax: max } = settings;
  return { star, oversampling, min, max, span: at(series.time, series.time.length - 1) };
}
