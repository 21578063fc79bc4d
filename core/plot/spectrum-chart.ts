/** The chart of what a transit search saw: power against period, with the best period and the one to be found. */
import { numberAxis, padded, paddedLog, rangeOf } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { drawLine, type Series } from './columns.ts';
import type { LegendEntry } from './legend.ts';
import { placesOf } from './light-curve-chart.ts';
import { element, type Markup } from './svg.ts';
import { type Ink, inks } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { count, labelOf } from './words.ts';

export interface SpectrumPicture {
  readonly title: string;
  /** Titles of the columns, with units in brackets. */
  readonly periodTitle: string;
  readonly powerTitle: string;
  readonly periods: Float64Array;
  readonly powers: Float64Array;
  /** The period that the search has found, days; that of the highest power unless given. */
  readonly best?: number | undefined;
  /** The period that is known to be there. */
  readonly target?: number | undefined;
}

const LOG_FROM = 10;

export function drawSpectrum(picture: SpectrumPicture, options: PictureOptions = DEFAULT_PICTURE): string {
  const { title, target } = picture;
  const series = sorted(picture);
  const best = picture.best ?? strongest(series);
  const periods = rangeOf(series.x) ?? { low: 1, high: 2 };
  const log = periods.low > 0 && periods.high >= LOG_FROM * periods.low;
  const facts = [
    count(series.x.length, 'period'),
    ...(best === undefined ? [] : [`best ${formatNumber(best)} d`]),
    ...(target === undefined ? [] : [`to be found ${formatNumber(target)} d`]),
  ].join(', ');
  return renderChart(
    {
      ...{ title, facts },
      description: `${labelOf(picture.powerTitle)} against trial period: ${facts}.`,
      x: numberAxis({
        ...{ label: labelOf(picture.periodTitle), direction: 'across', log },
        range: log ? paddedLog(periods, 0.01) : padded(periods, 0.01),
      }),
      y: numberAxis({
        label: labelOf(picture.powerTitle),
        range: padded(rangeOf(series.y) ?? { low: 0, high: 1 }),
        direction: 'upwards',
      }),
      legend: legendOf(best, target),
      draw: (area) => [
        ...mark(target, area, 'second', '2 3'),
        ...mark(best, area, 'accent', '6 3'),
        drawLine(series, placesOf(area), 'data'),
      ],
    },
    options,
  );
}

/** In the order of the periods, without what is not finite. */
function sorted({ periods, powers }: SpectrumPicture): Series {
  const order = Array.from(periods.keys())
    .filter((index) => Number.isFinite(periods[index]) && Number.isFinite(powers[index]))
    .sort((a, b) => (periods[a] ?? 0) - (periods[b] ?? 0));
  const take = (values: Float64Array) => Float64Array.from(order, (index) => values[index] ?? 0);
  return { x: take(periods), y: take(powers) };
}

function strongest({ x, y }: Series): number | undefined {
  let best = 0;
  for (let index = 1; index < y.length; index++) if ((y[index] ?? 0) > (y[best] ?? 0)) best = index;
  return x[best];
}

function legendOf(best: number | undefined, target: number | undefined): LegendEntry[] {
  const entries: LegendEntry[] = [];
  if (best !== undefined) entries.push({ label: 'best period', ink: 'accent', sign: 'dashes' });
  if (target !== undefined) entries.push({ label: 'period to be found', ink: 'second', sign: 'dots' });
  return entries;
}

function mark(period: number | undefined, { x, top, bottom }: Area, ink: Ink, dashes: string): Markup[] {
  if (period === undefined || !(x.place(period) > 0)) return [];
  const at = x.place(period);
  const line = { x1: at, y1: top, x2: at, y2: bottom, 'stroke-width': 1.5, 'stroke-dasharray': dashes };
  return [element('line', { ...line, ...inks({ stroke: ink }) })];
}
