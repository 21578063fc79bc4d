/** The chart of a light curve: flux against time, with the flagged samples apart from those that are used. */
import type { LightCurve } from '../light-curve/light-curve.ts';
import { numberAxis, padded, rangeOf } from './axis.ts';
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { drawColumns, drawPoints, isDense, type Places, pixelColumns, type Series } from './columns.ts';
import type { LegendEntry } from './legend.ts';
import { element, type Markup } from './svg.ts';
import { inks } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { count, daysOf } from './words.ts';

export interface LightCurvePicture {
  readonly title: string;
  readonly curve: LightCurve;
}

/** The samples that are used, and those that are flagged or have no flux. */
export interface SplitCurve {
  readonly used: Series;
  readonly flagged: Series;
}

const RUG = 9;

export function drawLightCurve(
  { title, curve }: LightCurvePicture,
  options: PictureOptions = DEFAULT_PICTURE,
): string {
  const { used, flagged } = splitFlagged(curve);
  const times = rangeOf(curve.time) ?? { low: 0, high: 1 };
  const fluxes = rangeOf(used.y.length > 0 ? used.y : flagged.y) ?? { low: 1, high: 1 };
  const facts = [
    `${count(curve.time.length, 'sample')} over ${daysOf(times.high - times.low)}`,
    ...(flagged.x.length > 0 ? [`${flagged.x.length.toLocaleString('en-US')} flagged`] : []),
  ].join(', ');
  const dense = isDense(used, { left: 0, right: options.width, x: Number, y: Number });
  return renderChart(
    {
      ...{ title, facts },
      description: `Relative flux against time. ${facts}. ${fluxWords(used)}`,
      x: numberAxis({ label: 'Time (d)', range: padded(times, 0.01), direction: 'across' }),
      y: numberAxis({ label: 'Relative flux', range: padded(fluxes, 0.08), direction: 'upwards' }),
      legend: legendOf(flagged.x.length > 0, dense),
      draw: (area) => [...drawFlagged(flagged, area), ...drawUsed(used, area, dense)],
    },
    options,
  );
}

export function splitFlagged({ time, flux, flag }: LightCurve): SplitCurve {
  const isUsed = (index: number) => flag[index] === 0 && Number.isFinite(flux[index]);
  let size = 0;
  for (let index = 0; index < time.length; index++) if (isUsed(index)) size++;
  const used = { x: new Float64Array(size), y: new Float64Array(size) };
  const flagged = { x: new Float64Array(time.length - size), y: new Float64Array(time.length - size) };
  let row = 0;
  for (let index = 0; index < time.length; index++) {
    const [target, at] = isUsed(index) ? [used, row++] : [flagged, index - row];
    target.x[at] = time[index] ?? Number.NaN;
    target.y[at] = flux[index] ?? Number.NaN;
  }
  return { used, flagged };
}

export function placesOf({ left, right, x, y }: Area): Places {
  return { left, right, x: x.place, y: y.place };
}

function fluxWords({ y }: Series): string {
  const range = rangeOf(y);
  if (range === undefined) return 'No sample can be used.';
  return `The flux lies between ${formatNumber(range.low)} and ${formatNumber(range.high)}.`;
}

function legendOf(hasFlagged: boolean, dense: boolean): LegendEntry[] {
  if (!hasFlagged) return [];
  const what = dense ? 'flux, lowest to highest' : 'flux';
  return [
    { label: what, ink: 'data', sign: dense ? 'bars' : 'points' },
    { label: 'flagged, not used', ink: 'accent', sign: 'ticks' },
  ];
}

function drawUsed(used: Series, area: Area, dense: boolean): Markup[] {
  const places = placesOf(area);
  if (dense) return [drawColumns(pixelColumns(used, places), places, 'data')];
  const size = used.x.length > area.right - area.left ? 2 : 3;
  return [drawPoints(used, places, { ink: 'data', size })];
}

/** A tick at the lower edge for every pixel column with a flagged sample; and where there are few, the samples as crosses. */
function drawFlagged(flagged: Series, area: Area): Markup[] {
  if (flagged.x.length === 0) return [];
  const places = placesOf(area);
  const anywhere = { x: flagged.x, y: new Float64Array(flagged.x.length) };
  const ticks = pixelColumns(anywhere, places).map(({ at }) => `M${at} ${area.bottom - RUG}v${RUG}`);
  const rug = element('path', { d: ticks.join(''), ...inks({ stroke: 'accent' }) });
  return isDense(flagged, places) ? [rug] : [drawPoints(flagged, places, { ink: 'accent', size: 3 }), rug];
}
