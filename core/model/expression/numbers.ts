/**
 * Arithmetic of Python's ints (bigint) and floats (number): `//` floors, `%` takes the sign of the divisor, `/` of two
 * ints is the nearest float. Ints stay within the bounds of the meter.
 */
import { decompose, divideHalfEven, fixedDigits, ratioToFloat, scaleToInt } from './decimal.ts';
import { exceed, raise } from './fault.ts';
import { type Numeric, toFloat } from './items.ts';
import { bitLength, FORMAT_PRECISION, type Meter } from './limits.ts';

export function divide(left: Numeric, right: Numeric): number {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (right === 0n) raise('ZeroDivisionError', 'division by zero');
    if (left === 0n) return right < 0n ? -0 : 0;
    const float = right < 0n ? ratioToFloat(-left, -right) : ratioToFloat(left, right);
    if (!Number.isFinite(float)) raise('OverflowError', 'integer division result too large for a float');
    return float;
  }
  const divisor = toFloat(right);
  if (divisor === 0) raise('ZeroDivisionError', 'float division by zero');
  return toFloat(left) / divisor;
}

export function floorDivideInts(left: bigint, right: bigint): bigint {
  if (right === 0n) raise('ZeroDivisionError', 'integer division or modulo by zero');
  const quotient = left / right;
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient;
}

export function moduloInts(left: bigint, right: bigint): bigint {
  if (right === 0n) raise('ZeroDivisionError', 'integer modulo by zero');
  const rest = left % right;
  return rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest;
}

/** Quotient and rest together, as CPython's float divmod finds them. */
function divmodFloats(left: number, right: number): { quotient: number; rest: number } {
  if (right === 0) raise('ZeroDivisionError', 'float modulo by zero');
  let rest = left % right;
  let exact = (left - rest) / right;
  if (rest === 0) rest = right < 0 ? -0 : 0;
  else if (right < 0 !== rest < 0) {
    rest += right;
    exact -= 1;
  }
  // A zero takes the sign of the true quotient.
  if (exact === 0) return { quotient: 0 / (left / right < 0 || Object.is(left / right, -0) ? -1 : 1), rest };
  const floor = Math.floor(exact);
  return { quotient: exact - floor > 0.5 ? floor + 1 : floor, rest };
}

export function floorDivideFloats(left: number, right: number): number {
  return divmodFloats(left, right).quotient;
}

export function moduloFloats(left: number, right: number): number {
  return divmodFloats(left, right).rest;
}

export function power(base: Numeric, exponent: Numeric, meter: Meter): Numeric {
  if (typeof base === 'bigint' && typeof exponent === 'bigint' && exponent >= 0n) {
    const magnitude = base < 0n ? -base : base;
    if (magnitude > 1n) meter.bits(BigInt(bitLength(base) - 1) * exponent);
    else if (magnitude === 1n) return exponent % 2n === 0n ? 1n : base;
    else return exponent === 0n ? 1n : 0n;
    return meter.int(base ** exponent);
  }
  return powerFloats(toFloat(base), toFloat(exponent));
}

/** Beyond this exponent the exact power is not worth its bits. */
const EXACT_EXPONENT = 64;

export function powerFloats(base: number, exponent: number): number {
  if (base === 1 || exponent === 0) return 1;
  if (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent)) return 1;
  if (base === 0 && exponent < 0) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  const finite = Number.isFinite(base) && Number.isFinite(exponent);
  if (finite && base < 0 && !Number.isInteger(exponent)) {
    raise('ValueError', 'a negative number to a fractional power is complex, which expressions are not');
  }
  const result = finite ? powerFinite(base, exponent) : base ** exponent;
  if (finite && !Number.isFinite(result)) raise('OverflowError', 'Numerical result out of range');
  return result;
}

/** Whole exponents exactly, then rounded once: `10 ** -5` must print as Python prints it on every engine. */
function powerFinite(base: number, exponent: number): number {
  if (exponent === 0.5 && base > 0) return Math.sqrt(base);
  if (!Number.isInteger(exponent) || Math.abs(exponent) > EXACT_EXPONENT || base === 0)
    return base ** exponent;
  const { mantissa, exponent: twos } = decompose(base);
  const count = Math.abs(exponent);
  const digits = mantissa ** BigInt(count);
  const shift = BigInt(Math.abs(twos) * count);
  const [numerator, denominator] = twos < 0 ? [digits, 1n << shift] : [digits << shift, 1n];
  const magnitude =
    exponent < 0 ? ratioToFloat(denominator, numerator) : ratioToFloat(numerator, denominator);
  return base < 0 && count % 2 === 1 ? -magnitude : magnitude;
}

export function shiftInt(left: bigint, right: bigint, meter: Meter): bigint {
  if (right < 0n) raise('ValueError', 'negative shift count');
  if (left !== 0n) meter.bits(BigInt(bitLength(left)) + right);
  return left << right;
}

export function shiftIntRight(left: bigint, right: bigint): bigint {
  if (right < 0n) raise('ValueError', 'negative shift count');
  return left >> right;
}

/** `round(number)`: to an int, half to even. */
export function roundToInt(value: Numeric): bigint {
  if (typeof value === 'bigint') return value;
  const floor = Math.floor(checkFinite(value, 'integer'));
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return BigInt(up ? floor + 1 : floor);
}

/** `round(number, digits)`: of the same type as the number. */
export function roundToDigits(value: Numeric, digits: bigint): Numeric {
  if (typeof value === 'bigint') return roundInt(value, digits);
  if (!Number.isFinite(value) || digits > 323n) return value;
  const sign = value < 0 || Object.is(value, -0) ? -1 : 1;
  if (digits < -308n) return sign * 0;
  const places = Number(digits);
  if (places < 0) return sign * Number(roundedToTens(value, -places));
  const { integer, fraction } = fixedDigits(value, places);
  return sign * Number(`${integer}.${fraction}0`);
}

function roundedToTens(value: number, zeros: number): bigint {
  const rounded = scaleToInt(value, -zeros) * 10n ** BigInt(zeros);
  if (!Number.isFinite(Number(rounded))) raise('OverflowError', 'rounded value too large to represent');
  return rounded;
}

function roundInt(value: bigint, digits: bigint): bigint {
  if (digits >= 0n) return value;
  if (-digits > FORMAT_PRECISION) exceed(`round to more than ${FORMAT_PRECISION} digits before the point`);
  const tens = 10n ** -digits;
  const rounded = divideHalfEven(value < 0n ? -value : value, tens) * tens;
  return value < 0n ? -rounded : rounded;
}

/** A float without its fraction, as an int. */
export function truncate(value: Numeric): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(checkFinite(value, 'integer')));
}

export function checkFinite(value: number, target: string): number {
  if (Number.isNaN(value)) raise('ValueError', `cannot convert float NaN to ${target}`);
  if (!Number.isFinite(value)) raise('OverflowError', `cannot convert float infinity to ${target}`);
  return value;
}
