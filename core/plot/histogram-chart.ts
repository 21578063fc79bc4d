/** The chart of how a measure is distributed: columns over logarithmic bins, with its quantiles marked. */
import { numberAxis } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import type { LegendEntry } from './legend.ts';
import { element, type Markup } from './svg.ts';
import { type Ink, inks } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { count } from './words.ts';

export interface HistogramBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export interface Quantile {
  /** `median`, `95 %`. */
  readonly label: string;
  readonly value: number;
}

export interface HistogramPicture {
  readonly title: string;
  /** With the unit in brackets. */
  readonly label: string;
  /** What is counted, one of it. */
  readonly noun: string;
  /** Ascending; of them with a low above 0 only, since the axis is logarithmic. */
  readonly bins: readonly HistogramBin[];
  readonly quantiles: readonly Quantile[];
}

const DASHES = ['6 3', '2 3', '8 3 2 3'];
const QUANTILE_INKS: readonly Ink[] = ['accent', 'second', 'third'];

export function drawHistogram(
  { title, label, noun, bins: all, quantiles }: HistogramPicture,
  options: PictureOptions = DEFAULT_PICTURE,
): string {
  const bins = filled(all.filter(({ low, high }) => low > 0 && high > low));
  const total = all.reduce((sum, bin) => sum + bin.count, 0);
  const range = { low: bins[0]?.low ?? 1, high: bins.at(-1)?.high ?? 10 };
  const most = Math.max(0, ...bins.map((bin) => bin.count));
  const words = quantiles.map((each) => `${each.label} ${formatNumber(each.value, 3)}`);
  const facts = [count(total, noun), ...words].join(', ');
  return renderChart(
    {
      ...{ title, facts },
      description: `How often each value of ${label} came: ${facts}.`,
      x: numberAxis({ label, range, direction: 'across', log: true }),
      y: numberAxis({
        label: capital(`${noun}s`),
        range: { low: 0, high: most * 1.06 || 1 },
        direction: 'upwards',
      }),
      legend: legendOf(quantiles),
      draw: (area) => [
        ...bins.map((bin) => drawBin(bin, area)),
        ...quantiles.map((each, at) => drawQuantile(each, at, area)),
      ],
    },
    options,
  );
}

/** Without the empty ones at both ends. */
function filled(bins: readonly HistogramBin[]): readonly HistogramBin[] {
  const first = bins.findIndex((bin) => bin.count > 0);
  return first < 0 ? bins : bins.slice(first, bins.findLastIndex((bin) => bin.count > 0) + 1);
}

function drawBin({ low, high, count: tasks }: HistogramBin, { x, y }: Area): Markup {
  const [left, right, top, bottom] = [x.place(low), x.place(high), y.place(tasks), y.place(0)];
  const gap = right - left > 4 ? 1 : 0;
  const box = { x: left + gap / 2, y: top, width: right - left - gap, height: bottom - top };
  const words = `${formatNumber(low, 3)} to ${formatNumber(high, 3)}: ${tasks.toLocaleString('en-US')}`;
  return element('rect', { ...box, ...inks({ fill: 'pale' }) }, element('title', {}, words));
}

function drawQuantile({ value }: Quantile, at: number, { x, top, bottom }: Area): Markup {
  const place = x.place(value);
  const line = { x1: place, x2: place, y1: top, y2: bottom, 'stroke-width': 1.75 };
  return element('line', {
    ...line,
    'stroke-dasharray': DASHES[at] ?? '1 2',
    ...inks({ stroke: inkAt(at) }),
  });
}

function legendOf(quantiles: readonly Quantile[]): LegendEntry[] {
  return quantiles.slice(0, QUANTILE_INKS.length).map(({ label, value }, at) => ({
    ...{ label: `${label} ${formatNumber(value, 3)}`, ink: inkAt(at), sign: at === 1 ? 'dots' : 'dashes' },
  }));
}

const inkAt = (at: number): Ink => QUANTILE_INKS[at] ?? 'ink';

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
