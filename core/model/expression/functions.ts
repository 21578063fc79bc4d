/**
 * The functions an expression may call. A map, never an object: no name reaches anything that is not listed here.
 * `math.x` differs from `x` only for `pow`, which is a float there.
 */
import { order } from './compare.ts';
import { raise } from './fault.ts';
import {
  elementsOf,
  type Item,
  intOf,
  isTruthy,
  type Numeric,
  numericOf,
  toFloat,
  typeName,
} from './items.ts';
import type { Meter } from './limits.ts';
import { FLOAT_FUNCTIONS, logarithm } from './math-functions.ts';
import { readFloat, readInt } from './number-text.ts';
import { checkFinite, power, powerFloats, roundToDigits, roundToInt, truncate } from './numbers.ts';
import { toText } from './repr.ts';
import { sizeOf } from './sequences.ts';
import { charactersOf } from './text.ts';

interface ExpressionFunction {
  readonly least: number;
  readonly most: number;
  call(items: readonly Item[], meter: Meter): Item;
}

export const MATH_FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map([
  ...[...FLOAT_FUNCTIONS].map(([name, compute]): [string, ExpressionFunction] => [
    name,
    ofFloats(name, compute),
  ]),
  ['log', { least: 1, most: 2, call: ([x, base]) => logarithm(number('log', x), optional('log', base)) }],
  ['pow', { least: 2, most: 2, call: ([x, y]) => powerFloats(float('pow', x), float('pow', y)) }],
  ['floor', { least: 1, most: 1, call: ([x]) => toInt(number('floor', x), Math.floor) }],
  ['ceil', { least: 1, most: 1, call: ([x]) => toInt(number('ceil', x), Math.ceil) }],
]);

export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map([
  ...MATH_FUNCTIONS,
  ['pow', { least: 2, most: 2, call: ([x, y], meter) => power(number('pow', x), number('pow', y), meter) }],
  ['abs', { least: 1, most: 1, call: ([x]) => absolute(number('abs', x)) }],
  ['min', { least: 1, most: 1000, call: (items, meter) => extreme('min', '<', items, meter) }],
  ['max', { least: 1, most: 1000, call: (items, meter) => extreme('max', '>', items, meter) }],
  ['round', { least: 1, most: 2, call: ([x, digits]) => round(x, digits) }],
  ['int', { least: 0, most: 1, call: ([x], meter) => meter.int(convertToInt(x)) }],
  ['float', { least: 0, most: 1, call: ([x]) => convertToFloat(x) }],
  ['str', { least: 0, most: 1, call: ([x], meter) => (x === undefined ? '' : toText(x, meter)) }],
  ['bool', { least: 0, most: 1, call: ([x]) => x !== undefined && isTruthy(x) }],
  ['len', { least: 1, most: 1, call: ([x]) => BigInt(sizeOf(x ?? null)) }],
]);

/** How many arguments were given is checked by the caller: an absent one here is None, and fails as such. */
function number(name: string, item: Item | undefined): Numeric {
  return (
    numericOf(item ?? null) ?? raise('TypeError', `${name}() needs a number, not ${typeName(item ?? null)}`)
  );
}

function float(name: string, item: Item | undefined): number {
  return toFloat(number(name, item));
}

function optional(name: string, item: Item | undefined): Numeric | undefined {
  return item === undefined ? undefined : number(name, item);
}

/** C's errors: no result where there was a number is a domain error, an infinite one an overflow. */
function ofFloats(name: string, compute: (...floats: number[]) => number): ExpressionFunction {
  return {
    least: compute.length,
    most: compute.length,
    call: (items) => {
      const floats = items.map((item) => float(name, item));
      const result = compute(...floats);
      if (Number.isNaN(result) && !floats.some(Number.isNaN))
        raise('ValueError', `math domain error in ${name}()`);
      if (!Number.isFinite(result) && floats.every(Number.isFinite))
        raise('OverflowError', 'math range error');
      return result;
    },
  };
}

function toInt(value: Numeric, rounding: (float: number) => number): bigint {
  return typeof value === 'bigint' ? value : BigInt(rounding(checkFinite(value, 'integer')));
}

function absolute(value: Numeric): Numeric {
  if (typeof value === 'number') return Math.abs(value);
  return value < 0n ? -value : value;
}

/** The first of equals, as in Python. One argument is a sequence to choose from. */
function extreme(name: string, symbol: '<' | '>', items: readonly Item[], meter: Meter): Item {
  const candidates = items.length === 1 ? sequence(name, items[0] ?? null) : items;
  meter.spend(candidates.length);
  const [first, ...others] = candidates;
  if (first === undefined) raise('ValueError', `${name}() arg is an empty sequence`);
  return others.reduce((best, each) => {
    const sign = order(symbol, each, best, meter);
    return (symbol === '<' ? sign < 0 : sign > 0) ? each : best;
  }, first);
}

function sequence(name: string, item: Item): readonly Item[] {
  if (typeof item === 'string') return [...charactersOf(item)];
  return (
    elementsOf(item) ??
    raise('TypeError', `${name}() of one '${typeName(item)}': it needs two numbers, or a list`)
  );
}

function round(item: Item | undefined, digits: Item | undefined): Item {
  const value = number('round', item);
  if (digits === undefined || digits === null) return roundToInt(value);
  const count = intOf(digits);
  if (count === undefined)
    raise('TypeError', `'${typeName(digits)}' object cannot be interpreted as an integer`);
  return roundToDigits(value, count);
}

function convertToInt(item: Item | undefined): bigint {
  if (item === undefined) return 0n;
  if (typeof item === 'string') return readInt(item);
  const value = numericOf(item);
  if (value !== undefined) return truncate(value);
  raise('TypeError', `int() argument must be a string or a real number, not '${typeName(item)}'`);
}

function convertToFloat(item: Item | undefined): number {
  if (item === undefined) return 0;
  if (typeof item === 'string') return readFloat(item);
  const value = numericOf(item);
  if (value !== undefined) return toFloat(value);
  raise('TypeError', `float() argument must be a string or a real number, not '${typeName(item)}'`);
}
