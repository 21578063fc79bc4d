/**
 * Functions of `math`. Square roots are correctly rounded; the transcendental ones are the engine's, which agree with
 * those of C to the last place or the one before it.
 */
import { raise } from './fault.ts';
import { type Numeric, toFloat } from './items.ts';
import { bitLength } from './limits.ts';

type FloatFunction = (...floats: number[]) => number;

export const FLOAT_FUNCTIONS: ReadonlyMap<string, FloatFunction> = new Map<string, FloatFunction>([
  ['sqrt', (x: number) => Math.sqrt(x)],
  ['exp', (x: number) => Math.exp(x)],
  ['log10', (x: number) => Math.log10(positive(x))],
  ['log2', (x: number) => Math.log2(positive(x))],
  ['sin', (x: number) => Math.sin(x)],
  ['cos', (x: number) => Math.cos(x)],
  ['tan', (x: number) => Math.tan(x)],
  ['asin', (x: number) => Math.asin(x)],
  ['acos', (x: number) => Math.acos(x)],
  ['atan', (x: number) => Math.atan(x)],
  ['atan2', (y: number, x: number) => Math.atan2(y, x)],
  ['hypot', (x: number, y: number) => Math.hypot(x, y)],
  ['fabs', (x: number) => Math.abs(x)],
  ['degrees', (x: number) => x * (180 / Math.PI)],
  ['radians', (x: number) => x * (Math.PI / 180)],
]);

function positive(x: number): number {
  return x <= 0
    ? raise('ValueError', 'math domain error: the logarithm of a number that is not positive')
    : x;
}

/** `log(x)` and `log(x, base)`; ints may be larger than any float. */
export function logarithm(value: Numeric, base: Numeric | undefined): number {
  if (base === undefined) return natural(value);
  const divisor = natural(base);
  if (divisor === 0) raise('ZeroDivisionError', 'float division by zero');
  return natural(value) / divisor;
}

function natural(value: Numeric): number {
  if (typeof value === 'bigint' && bitLength(value) > 1000 && value > 0n) {
    const dropped = bitLength(value) - 64;
    return Math.log(Number(value >> BigInt(dropped))) + dropped * Math.LN2;
  }
  return Math.log(positive(toFloat(value)));
}
