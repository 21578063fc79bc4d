/** `repr` and `str`: values as Python prints them, `1.0`, `1e-07`, `'it''s'` with the quotes Python would choose. */
import { shortestDigits } from './decimal.ts';
import { elementsOf, type Item, isItemDict, Tuple } from './items.ts';
import type { Meter } from './limits.ts';

export function toText(item: Item, meter: Meter): string {
  return typeof item === 'string' ? item : repr(item, meter);
}

export function repr(item: Item, meter: Meter, depth = 0): string {
  if (item === null) return 'None';
  if (typeof item === 'boolean') return item ? 'True' : 'False';
  if (typeof item === 'bigint') return item.toString();
  if (typeof item === 'number') return reprFloat(item);
  if (typeof item === 'string') return reprText(item, meter);
  meter.checkDepth(depth);
  const parts: string[] = [];
  let length = 2;
  const add = (text: string): void => {
    length += text.length + 2;
    meter.checkText(length);
    meter.spend(1);
    meter.characters(text.length);
    parts.push(text);
  };
  if (isItemDict(item)) {
    for (const [key, each] of Object.entries(item))
      add(`${reprText(key, meter)}: ${repr(each, meter, depth + 1)}`);
    return `{${parts.join(', ')}}`;
  }
  for (const each of elementsOf(item) ?? []) add(repr(each, meter, depth + 1));
  if (!(item instanceof Tuple)) return `[${parts.join(', ')}]`;
  return parts.length === 1 ? `(${parts.join('')},)` : `(${parts.join(', ')})`;
}

/** The fewest digits that read back as the same float; with an exponent below 1e-4 and from 1e16 on. */
function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}inf`;
  const { digits, exponent } = shortestDigits(value);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits.charAt(0)}${fraction}e${exponentText(exponent)}`;
  }
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits.padEnd(exponent + 2, '0');
  const point = Math.max(exponent, 0) + 1;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

/** Sign and at least two digits. */
export function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}

const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** What Python does not print as it is: other than ASCII blanks, control, format and unassigned characters. */
const UNPRINTABLE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function reprText(text: string, meter: Meter): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTABLE, (character) => ESCAPES.get(character) ?? escapeCode(character));
  meter.text(escaped.length);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function escapeCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}
