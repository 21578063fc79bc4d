/** The chart of two columns of a table of results: a point per row, rows at the same place joined to a larger one. */
import { type Area, DEFAULT_PICTURE, type PictureOptions, renderChart } from './chart.ts';
import { drawPoints } from './columns.ts';
import { columnScale, type Row } from './datum.ts';
import { element, type Markup } from './svg.ts';
import { inks } from './theme.ts';
import { count } from './words.ts';

export interface TablePicture {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly rows: readonly Row[];
}

const RADIUS = 3.5;
const LARGEST = 16;
const MOST_SPOTS = 2_000;

export function drawScatter(picture: TablePicture, options: PictureOptions = DEFAULT_PICTURE): string {
  const { title, xLabel, yLabel, rows } = picture;
  const x = columnScale(
    xLabel,
    rows.map((row) => row.x),
    'across',
  );
  const y = columnScale(
    yLabel,
    rows.map((row) => row.y),
    'upwards',
  );
  const points = rows.map((row) => ({ x: x.valueOf(row.x), y: y.valueOf(row.y) }));
  const facts = count(rows.length, 'result');
  return renderChart(
    {
      ...{ title, facts, x: x.axis, y: y.axis, legend: [] },
      description: `${yLabel} against ${xLabel}, ${facts}.`,
      draw: (area) => drawSpots(points, area),
    },
    options,
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The area of a spot grows with the rows that are exactly there. Very many are drawn as dots. */
function drawSpots(points: readonly Point[], area: Area): Markup[] {
  const spots = [...Map.groupBy(points, ({ x, y }) => `${x} ${y}`).values()];
  const { x, y } = area;
  if (spots.length > MOST_SPOTS) return [drawDots(points, area)];
  return spots.flatMap((rows) => {
    const [point] = rows;
    if (point === undefined) return [];
    const radius = Math.min(LARGEST, RADIUS * Math.sqrt(rows.length));
    const looks = { 'fill-opacity': '0.75', ...inks({ fill: 'data', stroke: 'paper' }) };
    const spot = { cx: x.place(point.x), cy: y.place(point.y), r: radius, ...looks };
    const words = rows.length === 1 ? [] : [element('title', {}, count(rows.length, 'result'))];
    return [element('circle', spot, ...words)];
  });
}

/** One for each pixel that has any. */
function drawDots(points: readonly Point[], { left, right, x, y }: Area): Markup {
  const pixels = new Set(
    points.map((point) => `${Math.round(x.place(point.x))} ${Math.round(y.place(point.y))}`),
  );
  const places = [...pixels].map((pixel) => pixel.split(' ').map(Number));
  const series = {
    x: Float64Array.from(places, ([across = Number.NaN]) => across),
    y: Float64Array.from(places, ([, up = Number.NaN]) => up),
  };
  return drawPoints(series, { left, right, x: Number, y: Number }, { ink: 'data', size: 2 });
}
