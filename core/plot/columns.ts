/**
 * A dense series as what can be seen of it: for each pixel column the lowest and the highest value. However many samples fall
 * into a column, the deepest stays, so that no transit vanishes. A sparse series is drawn sample by sample.
 */
import { element, type Markup, pixel } from './svg.ts';
import { type Ink, inks } from './theme.ts';

export interface Series {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface Places {
  readonly left: number;
  readonly right: number;
  /** Pixel of a value. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** More samples per column than this are drawn as bars. */
const POINTS_PER_COLUMN = 4;

export interface PixelColumn {
  /** Pixels from the left of the picture, of its middle. */
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

export function isDense({ x }: Series, { left, right }: Places): boolean {
  return x.length > POINTS_PER_COLUMN * (right - left);
}

/** The columns that hold a sample, from left to right; values that are not finite count for none. */
export function pixelColumns({ x, y }: Series, places: Places): PixelColumn[] {
  const count = Math.max(1, Math.ceil(places.right - places.left));
  const low = new Float64Array(count).fill(Infinity);
  const high = new Float64Array(count).fill(-Infinity);
  for (let index = 0; index < x.length; index++) {
    const value = y[index] ?? Number.NaN;
    const column = Math.floor(places.x(x[index] ?? Number.NaN) - places.left);
    if (!(column >= 0 && column < count) || !Number.isFinite(value)) continue;
    if (value < (low[column] ?? 0)) low[column] = value;
    if (value > (high[column] ?? 0)) high[column] = value;
  }
  const columns: PixelColumn[] = [];
  low.forEach((value, column) => {
    if (value < Infinity)
      columns.push({ at: places.left + column + 0.5, low: value, high: high[column] ?? value });
  });
  return columns;
}

/** One upright line per column, never shorter than a pixel. */
export function drawColumns(columns: readonly PixelColumn[], { y }: Places, ink: Ink): Markup {
  const path = columns.map(({ at, low, high }) => {
    const [from, to] = [y(low), y(high)];
    const grow = Math.max(0, 1 - Math.abs(from - to)) / 2;
    return `M${pixel(at)} ${tenth(from + grow)}V${tenth(to - grow)}`;
  });
  return element('path', { d: path.join(''), ...inks({ stroke: ink }) });
}

/** Samples as dots, all in one path. */
export function drawPoints(
  { x, y }: Series,
  places: Places,
  { ink, size }: { ink: Ink; size: number },
): Markup {
  const path: string[] = [];
  for (let index = 0; index < x.length; index++) {
    const [across, up] = [x[index] ?? Number.NaN, y[index] ?? Number.NaN];
    if (!Number.isFinite(across) || !Number.isFinite(up)) continue;
    path.push(`M${tenth(places.x(across))} ${tenth(places.y(up))}h0`);
  }
  const round = { 'stroke-width': size, 'stroke-linecap': 'round' };
  return element('path', { d: path.join(''), ...round, ...inks({ stroke: ink }) });
}

/** The column's bars joined from left to right, for what is a line rather than a cloud. */
export function drawLine(series: Series, places: Places, ink: Ink): Markup {
  const points = isDense(series, places)
    ? pixelColumns(series, places).flatMap(({ at, low, high }) => [
        [at, places.y(low)] as const,
        [at, places.y(high)] as const,
      ])
    : Array.from(series.x, (value, index) => [places.x(value), places.y(series.y[index] ?? 0)] as const);
  const path = points.map(([across, up], at) => `${at === 0 ? 'M' : 'L'}${tenth(across)} ${tenth(up)}`);
  return element('path', { d: path.join(''), 'stroke-linejoin': 'round', ...inks({ stroke: ink }) });
}

/** Long paths: a tenth of a pixel is enough. */
const tenth = (value: number) => pixel(Math.round(value * 10) / 10);
