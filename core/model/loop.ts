/**
 * The values of a for loop, computed one at a time: a loop of ten million is three numbers, not a list.
 *
 * Ranges follow numpy: `linear_range` is linspace(start, end, count), `log_range` is
 * logspace(log10(start), log10(end), count); both ends are included and exact, every value is a float,
 * and a count of 1 gives the start alone.
 */
import { EaselError } from './errors.ts';
import { evaluateDeep, namesUsed, type Scope } from './expression/expression.ts';
import { type Dict, isDict, type Value } from './values.ts';

export const LOOP_KEYS = ['values', 'linear_range', 'log_range'] as const;
export type LoopKey = (typeof LOOP_KEYS)[number];

const DEFAULT_MAX_LOOP_COUNT = 10_000_000;

export interface LoopValues {
  readonly count: number;
  /** `index` from 0 to count - 1. May throw ExpressionError. */
  at(index: number): Value;
}

/** The one key of `values`, `linear_range`, `log_range` that is there. Throws EaselError when it is not exactly one. */
export function loopKey(object: Dict): LoopKey {
  const present = LOOP_KEYS.filter((key) => object[key] !== undefined);
  const [key] = present;
  if (key !== undefined && present.length === 1) return key;
  const found = present.length === 0 ? 'none is there' : `${present.join(' and ')} are there`;
  throw new EaselError('job_file', `a for loop needs exactly one of ${LOOP_KEYS.join(', ')}: ${found}`);
}

/** Number of iterations, without the values. Throws EaselError that names the key, or ExpressionError. */
export function loopCount(object: Dict, scope: Scope, maxCount = DEFAULT_MAX_LOOP_COUNT): number {
  const key = loopKey(object);
  const given = object[key] ?? null;
  if (key === 'values') {
    const list = typeof given === 'string' ? evaluateDeep(given, scope, key) : given;
    return checkCount(key, asList(key, list).length, maxCount);
  }
  const items = rangeItems(key, given, scope);
  return checkCount(`${key}[2]`, asCount(key, evaluateDeep(items[2], scope, `${key}[2]`)), maxCount);
}

/** Throws EaselError that names the key, or ExpressionError. */
export function loopValues(object: Dict, scope: Scope, maxCount = DEFAULT_MAX_LOOP_COUNT): LoopValues {
  const key = loopKey(object);
  const given = object[key] ?? null;
  if (key === 'values') return listValues(given, scope, maxCount);
  const count = loopCount(object, scope, maxCount);
  const items = rangeItems(key, given, scope);
  const start = asNumber(`${key}[0]`, evaluateDeep(items[0], scope, `${key}[0]`));
  const end = asNumber(`${key}[1]`, evaluateDeep(items[1], scope, `${key}[1]`));
  if (key === 'linear_range') return { count, at: linearRange(start, end, count) };
  if (!(start > 0 && end > 0))
    throw wrong(key, `start and end must be greater than 0, not ${start} and ${end}`);
  return { count, at: logRange(start, end, count) };
}

/**
 * Items are evaluated when they are asked for, unless they draw random numbers: then all are drawn at once,
 * so that item 7 is the same whether or not the first six were asked for.
 */
function listValues(given: Value, scope: Scope, maxCount: number): LoopValues {
  const eager = typeof given === 'string' || namesUsed(given).has('random');
  const list = asList('values', eager ? evaluateDeep(given, scope, 'values') : given);
  const count = checkCount('values', list.length, maxCount);
  if (eager) return { count, at: (index) => list[index] ?? null };
  return { count, at: (index) => evaluateDeep(list[index] ?? null, scope, `values[${index}]`) };
}

function linearRange(start: number, end: number, count: number): (index: number) => number {
  const step = (end - start) / (count - 1);
  if (count > 1 && !Number.isFinite(step))
    throw wrong('linear_range', 'the range is too wide for floating point');
  return (index) => {
    if (index === 0) return start;
    return index === count - 1 ? end : index * step + start;
  };
}

function logRange(start: number, end: number, count: number): (index: number) => number {
  const exponent = linearRange(Math.log10(start), Math.log10(end), count);
  return (index) => {
    if (index === 0) return start;
    return index === count - 1 ? end : 10 ** exponent(index);
  };
}

function rangeItems(key: string, given: Value, scope: Scope): [Value, Value, Value] {
  const list = asList(key, typeof given === 'string' ? evaluateDeep(given, scope, key) : given);
  const [start, end, count] = list;
  if (list.length !== 3 || start === undefined || end === undefined || count === undefined) {
    throw wrong(key, `expected [start, end, count], found ${list.length} items`);
  }
  return [start, end, count];
}

function asList(key: string, value: Value): Value[] {
  if (Array.isArray(value)) return value;
  throw wrong(key, `expected a list, found ${describe(value)}`);
}

function asNumber(key: string, value: Value): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw wrong(key, `expected a finite number, found ${describe(value)}`);
}

/** A whole float is a count too: `(constants.month / 4)` is 7.0. */
function asCount(key: string, value: Value): number {
  const count = typeof value === 'bigint' ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw wrong(`${key}[2]`, `expected a count (a whole number, 0 or more), found ${describe(value)}`);
}

function checkCount(key: string, count: number, maxCount: number): number {
  if (count <= maxCount) return count;
  throw wrong(key, `${count} values are more than max_loop_count (${maxCount}) allows`);
}

function describe(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isDict(value)) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}

function wrong(key: string, message: string): EaselError {
  return new EaselError('job_file', `${key}: ${message}`);
}
