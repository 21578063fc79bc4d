/**
 * Digits of doubles, correctly rounded. A double is exactly `mantissa * 2 ** exponent`; rounding it to decimals (half to
 * even, on the exact value) with big integers gives Python's digits, where `toFixed` rounds ties away and stops at 100.
 */

const BITS = new DataView(new ArrayBuffer(8));

/** A finite double's magnitude as `mantissa * 2 ** exponent`. */
export function decompose(value: number): { mantissa: bigint; exponent: number } {
  BITS.setFloat64(0, Math.abs(value));
  const bits = BITS.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** `numerator / denominator` (both positive), rounded to the nearest integer, half to even. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  if (twice < denominator || (twice === denominator && quotient % 2n === 0n)) return quotient;
  return quotient + 1n;
}

/** |value| * 10 ** places, rounded to an integer, half to even. */
export function scaleToInt(value: number, places: number): bigint {
  const { mantissa, exponent } = decompose(value);
  const tens = 10n ** BigInt(Math.abs(places));
  const numerator = (places > 0 ? mantissa * tens : mantissa) << BigInt(Math.max(exponent, 0));
  const denominator = (places < 0 ? tens : 1n) << BigInt(Math.max(-exponent, 0));
  return divideHalfEven(numerator, denominator);
}

/** Integer and fraction digits of |value| with so many digits after the point. */
export function fixedDigits(value: number, places: number): { integer: string; fraction: string } {
  const digits = scaleToInt(value, places)
    .toString()
    .padStart(places + 1, '0');
  return { integer: digits.slice(0, digits.length - places), fraction: digits.slice(digits.length - places) };
}

/** Significant digits, the point after the first, and the power of ten. */
interface Significant {
  readonly digits: string;
  readonly exponent: number;
}

/** |value| to so many (1 or more) significant digits. */
export function significantDigits(value: number, count: number): Significant {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  // The shortest digits may have been rounded up to the next power of ten, where the exact value has not.
  let { exponent } = shortestDigits(value);
  let digits = scaleToInt(value, count - 1 - exponent).toString();
  if (digits.length < count) {
    exponent -= 1;
    digits = scaleToInt(value, count - 1 - exponent).toString();
  }
  if (digits.length > count) {
    exponent += 1;
    digits = digits.slice(0, count);
  }
  return { digits, exponent };
}

/** The fewest digits that read back as |value|. */
export function shortestDigits(value: number): Significant {
  const [digits = '0', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { digits: digits.replace('.', ''), exponent: Number(exponent) };
}

/** `numerator / denominator` as the nearest double; the denominator is positive. */
export function ratioToFloat(numerator: bigint, denominator: bigint): number {
  const magnitude = numerator < 0n ? -numerator : numerator;
  if (magnitude === 0n) return 0;
  const surplus = magnitude.toString(2).length - denominator.toString(2).length;
  // 55 bits and one that stands for the rest decide the rounding; below 2^-1022 doubles have fewer bits.
  const shift = Math.min(56 - surplus, 1076);
  const top = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const bottom = shift < 0 ? denominator << BigInt(-shift) : denominator;
  const quotient = top / bottom;
  const sticky = quotient * bottom === top ? quotient : quotient | 1n;
  const float = scaleByPower(Number(sticky), -shift);
  return numerator < 0n ? -float : float;
}

/** `value * 2 ** power`, in steps that neither overflow nor lose bits before the last. */
function scaleByPower(value: number, power: number): number {
  let result = value;
  let left = power;
  while (left > 1000) {
    result *= 2 ** 1000;
    left -= 1000;
  }
  if (left < -1000) return result * 2 ** -1000 * 2 ** (left + 1000);
  return result * 2 ** left;
}
