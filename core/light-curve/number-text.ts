/**
 * Numbers as decimal text, byte by byte: a curve of years at a 25 s cadence has ten million of them.
 * Written numbers carry 14 significant digits (a relative error below 1e-13) without trailing zeros; read numbers are
 * rounded correctly. Neither depends on a locale.
 */
import { at } from './samples.ts';

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;

/** 10^0 to 10^22: the powers of ten that are exact in double precision. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** More digits than this do not fit a double exactly. */
const EXACT_DIGITS = 15;
const WRITTEN_DIGITS = 14;

/** No number is written with more bytes than this. */
export const MAX_NUMBER_BYTES = 32;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;

/** Writes `value` at `start` and returns where it ends. The target must have MAX_NUMBER_BYTES left. */
export function writeNumber(value: number, target: Uint8Array, start: number): number {
  const size = Math.abs(value);
  let end = start;
  if (size !== 0 && !(size >= 1e-6 && size < 1e15)) return writeText(odd(value), target, start);
  if (value < 0) target[end++] = MINUS;
  if (Number.isInteger(size)) return writeDigits(size, digitCount(size), target, end);
  const decimals = decimalsOf(size);
  const scaled = Math.round(size * at(POWERS, decimals));
  const whole = Math.floor(scaled / at(POWERS, decimals));
  end = writeDigits(whole, digitCount(whole), target, end);
  const fraction = scaled - whole * at(POWERS, decimals);
  if (fraction === 0) return end;
  target[end++] = POINT;
  end = writeDigits(fraction, decimals, target, end);
  while (target[end - 1] === ZERO) end--;
  return end;
}

/** `bytes[start, end)` as a number. NaN for `nan` and for what is no number: `isNanText` tells which. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  let mantissa = 0;
  let point = -1;
  const first = negative ? start + 1 : start;
  for (let index = first; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if (byte >= ZERO && byte <= NINE) mantissa = mantissa * 10 + (byte - ZERO);
    else if (byte === POINT && point < 0) point = index;
    else return parseText(textOf(bytes, start, end));
  }
  const decimals = point < 0 ? 0 : end - point - 1;
  const digits = end - first - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > EXACT_DIGITS) return parseText(textOf(bytes, start, end));
  const size = mantissa / at(POWERS, decimals);
  return negative ? -size : size;
}

export function isNanText(bytes: Uint8Array, start: number, end: number): boolean {
  return NOT_A_NUMBER.test(textOf(bytes, start, end));
}

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function parseText(text: string): number {
  if (DECIMAL.test(text)) return Number(text);
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number.NaN;
}

/** Decimals that leave WRITTEN_DIGITS significant digits, at most the 19 of 1e-6. */
function decimalsOf(size: number): number {
  let exponent = digitCount(size) - 1;
  if (size < 1) while (size * at(POWERS, -exponent) < 1) exponent--;
  return Math.max(0, WRITTEN_DIGITS - 1 - exponent);
}

function digitCount(size: number): number {
  let count = 1;
  while (size >= at(POWERS, count)) count++;
  return count;
}

/** `value` (an integer below 1e15) right-aligned, with leading zeros, in `width` digits. */
function writeDigits(value: number, width: number, target: Uint8Array, start: number): number {
  const end = start + width;
  if (width <= 8) {
    writeSmall(value, target, start, end);
    return end;
  }
  const high = Math.floor(value / 1e8);
  writeSmall(high, target, start, end - 8);
  writeSmall(value - high * 1e8, target, end - 8, end);
  return end;
}

/** At most eight digits: with `| 0` the compiler divides integers, which takes half the time. */
function writeSmall(value: number, target: Uint8Array, start: number, end: number): void {
  let rest = value | 0;
  for (let index = end - 1; index >= start; index--) {
    const tenth = (rest / 10) | 0;
    target[index] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

function odd(value: number): string {
  if (Number.isFinite(value)) return value.toExponential(WRITTEN_DIGITS - 1).replace(/\.?0+e/, 'e');
  return Number.isNaN(value) ? 'nan' : `${value < 0 ? '-' : ''}inf`;
}

function writeText(text: string, target: Uint8Array, start: number): number {
  for (let index = 0; index < text.length; index++) target[start + index] = text.charCodeAt(index);
  return start + text.length;
}
