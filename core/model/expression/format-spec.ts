/**
 * Python's format specs, `[[fill]align][sign][#][0][width][grouping][.precision][type]`: reading them and applying them
 * to ints, floats and strings. Widths and precisions are bounded when the spec is read.
 */
import { exceed, raise } from './fault.ts';
import { renderFloat } from './float-format.ts';
import { type Item, intOf, toFloat, typeName } from './items.ts';
import { FORMAT_PRECISION, FORMAT_WIDTH, type Meter } from './limits.ts';
import { toText } from './repr.ts';
import { lengthOf, truncateText } from './text.ts';

export interface FormatSpec {
  readonly fill: string | undefined;
  readonly align: string | undefined;
  readonly sign: string | undefined;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC =
  /^(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>[0-9]+)?(?<grouping>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?$/su;

export function readSpec(text: string): FormatSpec {
  const groups = SPEC.exec(text)?.groups;
  if (groups === undefined) raise('ValueError', `Invalid format specifier '${text.slice(0, 60)}'`);
  return {
    fill: groups.fill,
    align: groups.align,
    sign: groups.sign,
    alternate: groups.alternate !== undefined,
    zero: groups.zero !== undefined,
    width: readWidth(groups.width),
    grouping: groups.grouping ?? '',
    precision: groups.precision === undefined ? undefined : readPrecision(groups.precision),
    type: groups.type ?? '',
  };
}

export function readWidth(digits: string | undefined): number {
  const width = Number(digits ?? 0);
  if (width > FORMAT_WIDTH) exceed(`a width of more than ${FORMAT_WIDTH}`);
  return width;
}

export function readPrecision(digits: string): number {
  const precision = Number(digits);
  if (precision > FORMAT_PRECISION) exceed(`a precision of more than ${FORMAT_PRECISION}`);
  return precision;
}

export function formatItem(item: Item, spec: FormatSpec | undefined, meter: Meter): string {
  if (spec === undefined) return toText(item, meter);
  if (typeof item === 'string') return formatText(item, spec);
  if (typeof item === 'number') return formatFloat(item, spec);
  const int = intOf(item);
  if (int !== undefined) return formatInt(int, spec);
  raise('TypeError', `unsupported format string passed to ${typeName(item)}.__format__`);
}

function formatText(text: string, spec: FormatSpec): string {
  if (spec.type !== '' && spec.type !== 's') unknownType(spec, 'str');
  if (spec.sign !== undefined) raise('ValueError', 'Sign not allowed in string format specifier');
  if (spec.alternate) raise('ValueError', 'Alternate form (#) not allowed in string format specifier');
  if (spec.grouping !== '') raise('ValueError', `Cannot specify '${spec.grouping}' with 's'.`);
  if (spec.align === '=') raise('ValueError', "'=' alignment not allowed in string format specifier");
  const kept = spec.precision === undefined ? text : truncateText(text, spec.precision);
  return pad('', kept, spec, '<');
}

function unknownType({ type }: FormatSpec, of: string): never {
  raise('ValueError', `Unknown format code '${type}' for object of type '${of}'`);
}

const BASES: ReadonlyMap<string, { base: number; prefix: string; group: number }> = new Map([
  ['b', { base: 2, prefix: '0b', group: 4 }],
  ['o', { base: 8, prefix: '0o', group: 4 }],
  ['x', { base: 16, prefix: '0x', group: 4 }],
  ['X', { base: 16, prefix: '0X', group: 4 }],
  ['d', { base: 10, prefix: '', group: 3 }],
  ['n', { base: 10, prefix: '', group: 3 }],
  ['', { base: 10, prefix: '', group: 3 }],
]);

function formatInt(value: bigint, spec: FormatSpec): string {
  if (spec.type === 'c') return formatCharacter(value, spec);
  if (/^[eEfFgG%]$/.test(spec.type)) return formatFloat(toFloat(value), spec);
  const based = BASES.get(spec.type);
  if (based === undefined) unknownType(spec, 'int');
  if (spec.precision !== undefined) raise('ValueError', 'Precision not allowed in integer format specifier');
  checkGrouping(spec, /[boxXn]/);
  const digits = (value < 0n ? -value : value).toString(based.base);
  const integer = spec.type === 'X' ? digits.toUpperCase() : digits;
  const sign = signOf(value < 0n, spec) + (spec.alternate ? based.prefix : '');
  return padNumber(sign, { integer, rest: '' }, spec, based.group);
}

/** A comma groups decimals only, `n` groups by locale (which is none here), `_` groups the rest by four. */
function checkGrouping({ grouping, type }: FormatSpec, refused: RegExp): void {
  if (grouping === '' || !refused.test(type)) return;
  if (grouping === '_' && type !== 'n') return;
  raise('ValueError', `Cannot specify '${grouping}' with '${type}'.`);
}

function formatCharacter(value: bigint, spec: FormatSpec): string {
  if (spec.precision !== undefined) raise('ValueError', 'Precision not allowed in integer format specifier');
  if (spec.sign !== undefined) raise('ValueError', "Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) raise('ValueError', "Alternate form (#) not allowed with integer format specifier 'c'");
  if (spec.grouping !== '') raise('ValueError', `Cannot specify '${spec.grouping}' with 'c'.`);
  return pad('', characterOf(value), spec, spec.zero ? '=' : '>');
}

export function characterOf(code: bigint): string {
  if (code < 0n || code > 0x10ffffn) raise('OverflowError', '%c arg not in range(0x110000)');
  return String.fromCodePoint(Number(code));
}

function formatFloat(value: number, spec: FormatSpec): string {
  if (!/^[eEfFgGn%]?$/.test(spec.type)) unknownType(spec, 'float');
  checkGrouping(spec, /n/);
  const type = spec.type === 'n' ? 'g' : spec.type;
  const text = renderFloat(value, { type, precision: spec.precision, alternate: spec.alternate });
  const negative = value < 0 || Object.is(value, -0);
  return padNumber(signOf(negative, spec), text, spec, 3);
}

function signOf(negative: boolean, { sign }: FormatSpec): string {
  if (negative) return '-';
  return sign === undefined || sign === '-' ? '' : sign;
}

function padNumber(
  sign: string,
  { integer, rest }: { integer: string; rest: string },
  spec: FormatSpec,
  group: number,
): string {
  if (spec.grouping === '') return pad(sign, integer + rest, spec, spec.zero ? '=' : '>');
  const zeros =
    (spec.fill ?? (spec.zero ? '0' : ' ')) === '0' && (spec.align ?? (spec.zero ? '=' : '>')) === '=';
  const width = zeros ? spec.width - sign.length - rest.length : 0;
  return pad(
    sign,
    grouped(integer, { group, width, separator: spec.grouping }) + rest,
    spec,
    spec.zero ? '=' : '>',
  );
}

/** Zeros in front are grouped with the digits, and a separator is never the first character. */
function grouped(
  digits: string,
  { group, width, separator }: { group: number; width: number; separator: string },
): string {
  let wanted = digits.length;
  while (wanted + Math.floor((wanted - 1) / group) < width) wanted += 1;
  const padded = digits === '' ? '' : digits.padStart(wanted, '0');
  const parts: string[] = [];
  for (let end = padded.length; end > 0; end -= group)
    parts.unshift(padded.slice(Math.max(0, end - group), end));
  return parts.join(separator);
}

/** `=` puts the filling between sign and digits. */
function pad(sign: string, body: string, spec: FormatSpec, byDefault: string): string {
  const missing = spec.width - lengthOf(sign) - lengthOf(body);
  if (missing <= 0) return sign + body;
  const fill = spec.fill ?? (spec.zero ? '0' : ' ');
  const align = spec.align ?? byDefault;
  if (align === '<') return sign + body + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + sign + body;
  if (align === '=') return sign + fill.repeat(missing) + body;
  const left = missing >> 1;
  return fill.repeat(left) + sign + body + fill.repeat(missing - left);
}
