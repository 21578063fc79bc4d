/** `int('12')` and `float('1e3')`: numbers out of strings, as Python reads them. */
import { exceed, raise } from './fault.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const DIGITS = '[0-9]+(?:_[0-9]+)*';
const INT = new RegExp(`^[-+]?${DIGITS}$`);
const FLOAT = new RegExp(`^[-+]?(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[-+]?${DIGITS})?$`, 'i');
const SPECIAL = /^(?<sign>[-+]?)(?:(?<infinity>inf|infinity)|nan)$/i;

/** Longer texts are no numbers that anybody means; judged before they are read. */
const LONGEST = Math.ceil(DEFAULT_LIMITS.intBits / 3);

export function readInt(text: string): bigint {
  const digits = trimmed(text);
  if (!INT.test(digits))
    raise('ValueError', `invalid literal for int() with base 10: '${text.slice(0, 60)}'`);
  return BigInt(digits.replaceAll('_', '').replace('+', ''));
}

export function readFloat(text: string): number {
  const digits = trimmed(text);
  if (FLOAT.test(digits)) return Number(digits.replaceAll('_', ''));
  const special = SPECIAL.exec(digits)?.groups;
  if (special === undefined) raise('ValueError', `could not convert string to float: '${text.slice(0, 60)}'`);
  if (special.infinity === undefined) return Number.NaN;
  return special.sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function trimmed(text: string): string {
  if (text.length > LONGEST) exceed(`a number of more than ${LONGEST} characters`);
  return text.trim();
}
