/** The chart of a folded light curve: all samples around the transit, and their means over bins of the phase. */
import type { LightCurve } from '../light-curve/light-curve.ts';
import { numberAxis, padded, type Range, rangeOf } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { drawColumns, drawPoints, isDense, type Places, pixelColumns, type Series } from './columns.ts';
import { type Bin, binPhases, type Folding, foldSeries, usualHalfWidth } from './fold.ts';
import type { LegendEntry } from './legend.ts';
import { placesOf, splitFlagged } from './light-curve-chart.ts';
import { element, type Markup } from './svg.ts';
import { inks } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { count } from './words.ts';

export interface FoldedPicture {
  readonly title: string;
  readonly curve: LightCurve;
  readonly folding: Folding;
  /** Days shown on each side of the transit; as `usualHalfWidth` says unless given. */
  readonly halfWidth?: number | undefined;
}

const MOST_BINS = 51;
const SAMPLES_PER_BIN = 6;
/** Beyond it hours are no longer what people think in. */
const HOURS_UP_TO_DAYS = 3;
/** Of the samples, on each side, that the range of the flux need not hold. */
const OUTSIDE = 0.005;

export function drawFolded(picture: FoldedPicture, options: PictureOptions = DEFAULT_PICTURE): string {
  const { title, curve, folding } = picture;
  const halfWidth = Math.min(folding.period / 2, picture.halfWidth ?? usualHalfWidth(folding.period));
  const folded = foldSeries(splitFlagged(curve).used, folding, halfWidth);
  const bins = binPhases(folded, halfWidth, binCount(folded.x.length));
  const unit = halfWidth <= HOURS_UP_TO_DAYS ? { name: 'h', days: 1 / 24 } : { name: 'd', days: 1 };
  const series = { x: folded.x.map((phase) => phase / unit.days), y: folded.y };
  const facts = `period ${formatNumber(folding.period, 7)} d, mid-transit at ${formatNumber(folding.t0)} d, ${count(folded.x.length, 'sample')} shown`;
  const dense = isDense(series, { left: 0, right: options.width, x: Number, y: Number });
  const reach = halfWidth / unit.days;
  return renderChart(
    {
      ...{ title, facts },
      description: `Relative flux against the time from mid-transit, ${facts}. ${binWords(bins)}`,
      x: numberAxis({
        label: `Time from mid-transit (${unit.name})`,
        range: { low: -reach, high: reach },
        direction: 'across',
      }),
      y: numberAxis({
        label: 'Relative flux',
        range: padded(fluxRange(folded.y, bins), 0.06),
        direction: 'upwards',
      }),
      legend: legendOf(dense, bins.length),
      draw: (area) => [...drawSamples(series, area, dense), ...drawBins(bins, area, unit.days)],
    },
    options,
  );
}

/** Odd, so that one bin has the transit's middle as its own. */
function binCount(samples: number): number {
  const wanted = Math.min(MOST_BINS, Math.max(1, Math.floor(samples / SAMPLES_PER_BIN)));
  return wanted % 2 === 1 ? wanted : wanted - 1;
}

/** All bins with their errors, and the samples but for the outermost on each side. */
function fluxRange(fluxes: Float64Array, bins: readonly Bin[]): Range {
  const sorted = fluxes.toSorted();
  const skipped = Math.floor(sorted.length * OUTSIDE);
  const ends = bins.flatMap(({ mean, error }) => [mean - error, mean + error]);
  const outer = [sorted.at(skipped), sorted.at(-1 - skipped)].filter((each) => each !== undefined);
  return rangeOf([...ends, ...outer]) ?? { low: 1, high: 1 };
}

function binWords(bins: readonly Bin[]): string {
  const range = rangeOf(bins.map(({ mean }) => mean));
  if (range === undefined) return 'No sample can be used.';
  return `The means of ${count(bins.length, 'bin')} lie between ${formatNumber(range.low)} and ${formatNumber(range.high)}.`;
}

function legendOf(dense: boolean, bins: number): LegendEntry[] {
  return [
    { label: dense ? 'samples, lowest to highest' : 'samples', ink: 'pale', sign: dense ? 'bars' : 'points' },
    { label: `means of ${count(bins, 'bin')} with standard errors`, ink: 'data', sign: 'points' },
  ];
}

function drawSamples(series: Series, area: Area, dense: boolean): Markup[] {
  const places: Places = placesOf(area);
  return dense
    ? [drawColumns(pixelColumns(series, places), places, 'pale')]
    : [drawPoints(series, places, { ink: 'pale', size: 2.5 })];
}

function drawBins(bins: readonly Bin[], { x, y }: Area, unitDays: number): Markup[] {
  return bins.flatMap(({ phase, mean, error }) => {
    const across = x.place(phase / unitDays);
    const ends = { x1: across, x2: across, y1: y.place(mean - error), y2: y.place(mean + error) };
    return [
      element('line', { ...ends, 'stroke-width': 1.5, ...inks({ stroke: 'data' }) }),
      element('circle', { cx: across, cy: y.place(mean), r: 3, ...inks({ fill: 'data' }) }),
    ];
  });
}
