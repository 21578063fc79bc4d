/**
 * The chart of one column of a table of results over two others, a cell for each pair of values: numbers as their mean, on a scale
 * of colours; words as the share of each, with a mark or the word itself.
 */
import { interpolateCividis } from 'd3-scale-chromatic';
import { numberAxis, padded, rangeOf } from './axis.ts';
import { type Category, categoriesOf, drawMark } from './categories.ts';
import { type Area, type ChartSpec, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { type Box, drawColourBar } from './colour-bar.ts';
import { type Datum, distinct, placesScale, type Row, type Scale, wordOf } from './datum.ts';
import type { TablePicture } from './scatter-chart.ts';
import { element, type Markup } from './svg.ts';
import { fitText, inks, widthOf } from './theme.ts';
import { formatNumber } from './ticks.ts';
import { count } from './words.ts';

export interface HeatMapPicture extends TablePicture {
  readonly valueLabel: string;
}

interface Cell {
  readonly x: Datum;
  readonly y: Datum;
  readonly values: Datum[];
}

const BAR_ROOM = 96;
const GAP = 1;
const TEXT = 12;

export function drawHeatMap(picture: HeatMapPicture, options: PictureOptions = DEFAULT_PICTURE): string {
  const grid = layGrid(picture);
  const isOfNumbers = grid.values.every((value) => typeof value === 'number');
  return renderChart(isOfNumbers ? numbersChart(picture, grid) : wordsChart(picture, grid), options);
}

interface Grid {
  readonly cells: readonly Cell[];
  readonly values: readonly Datum[];
  readonly x: Scale;
  readonly y: Scale;
  readonly facts: string;
  readonly boxOf: (area: Area, cell: Cell) => Box;
}

function layGrid({ xLabel, yLabel, valueLabel, rows }: HeatMapPicture): Grid {
  const x = placesScale(xLabel, distinct(rows.map((row) => row.x)), 'across');
  const y = placesScale(yLabel, distinct(rows.map((row) => row.y)), 'upwards');
  const cells = gather(rows);
  const values = cells.flatMap((cell) => cell.values);
  const facts = `${valueLabel}: ${count(values.length, 'result')} in ${count(cells.length, 'cell')}`;
  const boxOf = (area: Area, cell: Cell): Box => {
    const [across, up] = [x.valueOf(cell.x), y.valueOf(cell.y)];
    const [left, top] = [area.x.place(across - 0.5), area.y.place(up + 0.5)];
    const [width, height] = [area.x.place(across + 0.5) - left, area.y.place(up - 0.5) - top];
    const gap = Math.min(GAP, 0.05 * width, 0.05 * height);
    return { left: left + gap, top: top + gap, width: width - 2 * gap, height: height - 2 * gap };
  };
  return { cells, values, x, y, facts, boxOf };
}

function wordsChart({ title, xLabel, yLabel, valueLabel }: HeatMapPicture, grid: Grid): ChartSpec {
  const { cells, values, x, y, facts, boxOf } = grid;
  const categories = categoriesOf(distinct(values).map(wordOf));
  const nameOf = (value: Datum) => categories.get(wordOf(value))?.name ?? '';
  const sizes = Map.groupBy(values, nameOf);
  const shown = [...new Map([...categories.values()].map((each) => [each.name, each])).values()];
  const sizeOf = (name: string) => (sizes.get(name)?.length ?? 0).toLocaleString('en-US');
  return {
    ...{ title, facts, x: x.axis, y: y.axis },
    description: `${valueLabel} over ${xLabel} and ${yLabel}: ${shown.map(({ name }) => `${name} ${sizeOf(name)}`).join(', ')}.`,
    legend: shown.map(({ name, ink }) => ({
      label: `${fitText(name, TEXT, 160)} (${sizeOf(name)})`,
      ...{ ink, sign: 'square' as const },
    })),
    draw: (area) => cells.flatMap((cell) => drawShares(cell, boxOf(area, cell), categories)),
  };
}

function numbersChart({ title, xLabel, yLabel, valueLabel }: HeatMapPicture, grid: Grid): ChartSpec {
  const { cells, x, y, facts, boxOf } = grid;
  const means = new Map(cells.map((cell) => [cell, meanOf(cell.values)]));
  const found = rangeOf(means.values()) ?? { low: 0, high: 1 };
  const range = padded(found, 0);
  const colour = (value: number) => interpolateCividis((value - range.low) / (range.high - range.low));
  const scale = numberAxis({ label: valueLabel, range, direction: 'upwards' });
  const span = `${formatNumber(found.low, 4)} to ${formatNumber(found.high, 4)}`;
  return {
    ...{ title, facts, x: x.axis, y: y.axis, legend: [], beside: BAR_ROOM },
    description: `${valueLabel} over ${xLabel} and ${yLabel}: ${span}, means of each cell.`,
    draw: (area) =>
      cells.flatMap((cell) => drawMean(cell, means.get(cell) ?? 0, { box: boxOf(area, cell), colour })),
    drawBeside: ({ right, top, bottom }) => {
      const box = { left: right + 22, top, width: 14, height: bottom - top };
      return drawColourBar(box, scale(bottom, top), { range, colour });
    },
  };
}

function meanOf(values: readonly Datum[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

function gather(rows: readonly Row[]): Cell[] {
  const cells = new Map<string, Cell>();
  for (const { x, y, value } of rows) {
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) continue;
    const key = JSON.stringify([x, y]);
    const cell = cells.get(key) ?? { x, y, values: [] };
    cell.values.push(value);
    cells.set(key, cell);
  }
  return [...cells.values()];
}

/** The cell is divided as its results are. */
function drawShares(cell: Cell, box: Box, categories: ReadonlyMap<string, Category>): Markup[] {
  const { values } = cell;
  const groups = Map.groupBy(values.map(wordOf), (word) => word);
  const parts = [...categories].flatMap(([word, category]) => {
    const size = groups.get(word)?.length ?? 0;
    return size === 0 ? [] : [{ word, category, size }];
  });
  let left = box.left;
  return parts.flatMap(({ word, category: { ink, mark }, size }) => {
    const width = (box.width * size) / values.length;
    const [x, y] = [left + width / 2, box.top + box.height / 2];
    const label = parts.length === 1 ? word : `${size}/${values.length}`;
    const rect = { x: left, y: box.top, width, height: box.height, ...inks({ fill: ink }), ...placeOf(cell) };
    left += width;
    const words = element('title', {}, `${word}: ${size} of ${values.length}`);
    const isRoomy = width > 18 && box.height > 16;
    return [
      element('rect', rect, words),
      ...(isRoomy && mark !== undefined && parts.length === 1 ? [drawMark(mark, x, y)] : []),
      ...(mark === undefined || parts.length > 1
        ? textIn(label, { ...box, left: x - width / 2, width }, 'paper')
        : []),
    ];
  });
}

/** What the page's script says of the cell below the pointer. */
function placeOf({ x, y }: Cell) {
  return { 'data-x': wordOf(x), 'data-y': wordOf(y) };
}

interface Looks {
  readonly box: Box;
  readonly colour: (value: number) => string;
}

function drawMean(cell: Cell, mean: number, { box, colour }: Looks): Markup[] {
  const { values } = cell;
  const fill = colour(mean);
  const { left: x, top: y, width, height } = box;
  const words = values.length === 1 ? formatNumber(mean) : `${formatNumber(mean)}, mean of ${values.length}`;
  return [
    element('rect', { x, y, width, height, fill, ...placeOf(cell) }, element('title', {}, words)),
    ...textIn(formatNumber(mean, 3), box, isDark(fill) ? 'white' : 'black'),
  ];
}

/** Where it fits. */
function textIn(
  text: string,
  { left, top, width, height }: Box,
  colour: 'paper' | 'white' | 'black',
): Markup[] {
  if (widthOf(text, TEXT) > width - 6 || height < TEXT + 4) return [];
  const place = { x: left + width / 2, y: top + height / 2 + 4, 'text-anchor': 'middle' };
  const looks =
    colour === 'paper' ? inks({ fill: 'paper' }) : { fill: colour === 'white' ? '#ffffff' : '#1f2328' };
  return [element('text', { ...place, ...looks }, text)];
}

/** By the brightness that the eye sees (ITU-R BT.709). */
function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/\d+/g)].map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 140;
}
