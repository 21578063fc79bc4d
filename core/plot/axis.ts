/** From values to pixels along one side of a chart, with the ticks that belong there: linear, logarithmic, or one place per category. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { linearTicks, logTicks, type Tick, type Ticks } from './ticks.ts';

export interface Axis extends Ticks {
  /** With the unit in brackets. */
  readonly label: string;
  /** Pixel of a value. */
  readonly place: (value: number) => number;
  /** Whether lines across the chart help to read it. */
  readonly grid: boolean;
}

/** An axis before it is known how long it will be, in pixels from `start` to `end`. */
export type AxisMaker = (start: number, end: number) => Axis;

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Room between two ticks, in pixels; labels of logarithmic axes are short. */
const APART = { across: 90, upwards: 52 };
const APART_LOG = { across: 64, upwards: 32 };

export interface AxisOptions {
  readonly label: string;
  readonly range: Range;
  readonly direction: keyof typeof APART;
  readonly log?: boolean;
}

export function numberAxis({ label, range, direction, log = false }: AxisOptions): AxisMaker {
  const { low, high } = range;
  return (start, end) => {
    const most = Math.max(2, Math.floor(Math.abs(end - start) / (log ? APART_LOG : APART)[direction]));
    const scale = log ? scaleLog([low, high], [start, end]) : scaleLinear([low, high], [start, end]);
    const ticks = log
      ? logTicks(low, high, most)
      : linearTicks(scaleLinear([low, high], [start, end]).ticks(most));
    return { ...ticks, label, grid: true, place: (value) => scale(value) };
  };
}

/** Category `n` stands at `n`, from 0, each with the same room. Labels that would overlap are left out. */
export function categoryAxis(
  label: string,
  names: readonly string[],
  room: (name: string) => number,
): AxisMaker {
  return (start, end) => {
    const scale = scaleLinear([-0.5, names.length - 0.5], [start, end]);
    const step = Math.abs(end - start) / Math.max(1, names.length);
    const every = Math.max(1, Math.ceil(Math.max(0, ...names.map(room)) / step));
    const ticks = names.flatMap((name, value): Tick[] =>
      value % every === 0 ? [{ value, label: name }] : [],
    );
    return { ticks, minor: [], exponent: 0, label, grid: false, place: (value) => scale(value) };
  };
}

/** The range of the values with some room on both sides; a range of no width gets some. */
export function padded({ low, high }: Range, share = 0.05): Range {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const width = high - low;
  if (width <= size * 1e-12) {
    const half = size === 0 ? 1 : size * 1e-3;
    return { low: low - half, high: high + half };
  }
  return { low: low - width * share, high: high + width * share };
}

/** For logarithmic axes: the room is the same on both sides in the picture. */
export function paddedLog({ low, high }: Range, share = 0.03): Range {
  const factor = Math.max((high / low) ** share, 1.02);
  return { low: low / factor, high: high * factor };
}

/** Of the finite values; undefined when there is none. */
export function rangeOf(values: Iterable<number>): Range | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : undefined;
}
