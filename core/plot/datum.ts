/** What tables of results hold, and the axis that fits a column of it: of numbers, or of words in their order. */
import { type AxisMaker, categoryAxis, numberAxis, padded, paddedLog, rangeOf } from './axis.ts';
import { fitText, widthOf } from './theme.ts';
import { formatNumber } from './ticks.ts';

export type Datum = number | string | boolean;

export interface Row {
  readonly x: Datum;
  readonly y: Datum;
  readonly value?: Datum | undefined;
}

/** A column on an axis. */
export interface Scale {
  readonly axis: AxisMaker;
  /** Where a value of the column stands on the axis. */
  readonly valueOf: (datum: Datum) => number;
}

type Direction = 'across' | 'upwards';

const LOG_FROM = 100;
const LABEL_WIDTH = 150;
const TICK_SIZE = 12;
const LINE_HEIGHT = 16;

export function wordOf(datum: Datum): string {
  return typeof datum === 'number' ? formatNumber(datum) : String(datum);
}

/** Numbers ascending, then words in the order in which they come. */
export function distinct(data: readonly Datum[]): Datum[] {
  const found = [...new Set(data)];
  const numbers = found.filter((each) => typeof each === 'number').sort((a, b) => a - b);
  return [...numbers, ...found.filter((each) => typeof each !== 'number')];
}

/** One place for each value that occurs. */
export function placesScale(label: string, values: readonly Datum[], direction: Direction): Scale {
  const places = new Map(values.map((value, at) => [value, at]));
  const names = values.map((value) => fitText(wordOf(value), TICK_SIZE, LABEL_WIDTH));
  const room = (name: string) => (direction === 'across' ? widthOf(name, TICK_SIZE) + 8 : LINE_HEIGHT);
  return { axis: categoryAxis(label, names, room), valueOf: (datum) => places.get(datum) ?? Number.NaN };
}

/** Numbers by their size, logarithmic where they differ by a factor of a hundred; anything else by places. */
export function columnScale(label: string, data: readonly Datum[], direction: Direction): Scale {
  const numbers = data.filter((each) => typeof each === 'number');
  const range = rangeOf(numbers);
  if (numbers.length < data.length || range === undefined)
    return placesScale(label, distinct(data), direction);
  const log = range.low > 0 && range.high >= LOG_FROM * range.low;
  const axis = numberAxis({ label, direction, log, range: log ? paddedLog(range) : padded(range) });
  return { axis, valueOf: Number };
}
