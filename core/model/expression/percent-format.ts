/** `'%.3f' % x`: C-style conversions, with a value, a tuple of values, or a dict for `%(name)s`. */
import { exceed, raise } from './fault.ts';
import { renderFloat } from './float-format.ts';
import { characterOf, readPrecision, readWidth } from './format-spec.ts';
import { type Item, intOf, isItemDict, numericOf, Tuple, toFloat, typeName } from './items.ts';
import { FORMAT_PRECISION, FORMAT_WIDTH, type Meter } from './limits.ts';
import { truncate } from './numbers.ts';
import { repr, toText } from './repr.ts';
import { itemAt } from './sequences.ts';
import { lengthOf, truncateText } from './text.ts';

/** One conversion; `*` where a width or precision is an argument. */
const CONVERSION =
  /%(?:\((?<key>[^()]*)\))?(?<flags>[-+ #0]*)(?<width>\*|[0-9]+)?(?:\.(?<precision>\*|[0-9]*))?[hlL]?(?<type>.?)/gsu;

interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

type PercentPart = string | null;

/** The literal parts of a template, null for each conversion. */
export function percentShape(template: string): PercentPart[] {
  const parts: PercentPart[] = [];
  let end = 0;
  for (const match of template.matchAll(CONVERSION)) {
    parts.push(template.slice(end, match.index), match[0] === '%%' ? '%' : null);
    end = match.index + match[0].length;
  }
  return [...parts, template.slice(end)];
}

export function formatPercent(template: string, given: Item, meter: Meter): string {
  const values = new Values(given);
  let text = '';
  let end = 0;
  for (const match of template.matchAll(CONVERSION)) {
    const piece = template.slice(end, match.index) + convert(match, values, meter);
    meter.spend(1);
    meter.characters(piece.length);
    meter.checkText(text.length + piece.length);
    text += piece;
    end = match.index + match[0].length;
  }
  values.checkAllTaken();
  meter.text(text.length + template.length - end);
  return text + template.slice(end);
}

/** The arguments, in order or by key. */
class Values {
  readonly #given: Item;
  readonly #items: readonly Item[];
  #taken = 0;
  #byKey = false;

  constructor(given: Item) {
    this.#given = given;
    this.#items = given instanceof Tuple ? given.items : [given];
  }

  next(): Item {
    const item = this.#byKey ? undefined : this.#items[this.#taken];
    if (item === undefined) raise('TypeError', 'not enough arguments for format string');
    this.#taken += 1;
    return item;
  }

  at(key: string): Item {
    if (!isItemDict(this.#given)) raise('TypeError', 'format requires a mapping');
    this.#byKey = true;
    return itemAt(this.#given, key, 'it');
  }

  /** Python lets lists and dicts pass unused. */
  checkAllTaken(): void {
    if (Array.isArray(this.#given) || isItemDict(this.#given)) return;
    if (this.#taken < this.#items.length) {
      raise('TypeError', 'not all arguments converted during string formatting');
    }
  }
}

function convert(match: RegExpExecArray, values: Values, meter: Meter): string {
  const groups = match.groups ?? {};
  if (match[0] === '%%') return '%';
  const type = groups.type ?? '';
  if (type === '') raise('ValueError', 'incomplete format');
  const keyed = groups.key === undefined ? undefined : values.at(groups.key);
  const { width, flags } = widthOf(groups.width, groups.flags ?? '', values);
  const conversion = { flags, width, precision: precisionOf(groups.precision, values), type };
  return convertItem(keyed === undefined ? values.next() : keyed, conversion, meter);
}

function widthOf(width: string | undefined, flags: string, values: Values): { width: number; flags: string } {
  if (width !== '*') return { width: readWidth(width), flags };
  const given = starOf(values);
  if (given > FORMAT_WIDTH || given < -FORMAT_WIDTH) exceed(`a width of more than ${FORMAT_WIDTH}`);
  return given < 0n ? { width: Number(-given), flags: `${flags}-` } : { width: Number(given), flags };
}

function precisionOf(precision: string | undefined, values: Values): number | undefined {
  if (precision !== '*') return precision === undefined ? undefined : readPrecision(precision);
  const given = starOf(values);
  if (given > FORMAT_PRECISION) exceed(`a precision of more than ${FORMAT_PRECISION}`);
  return given < 0n ? 0 : Number(given);
}

function starOf(values: Values): bigint {
  const int = intOf(values.next());
  if (int === undefined) raise('TypeError', '* wants int');
  return int;
}

function convertItem(item: Item, conversion: Conversion, meter: Meter): string {
  const { type } = conversion;
  if (/[diuoxX]/.test(type)) return convertInt(item, conversion);
  if (/[eEfFgG]/.test(type)) return convertFloat(item, conversion);
  if (type === 'c') return padded('', convertCharacter(item), conversion, ' ');
  if (type !== 's' && type !== 'r') raise('ValueError', `unsupported format character '${type}'`);
  const text = type === 'r' ? repr(item, meter) : toText(item, meter);
  return padded('', truncateText(text, conversion.precision ?? text.length), conversion, ' ');
}

const BASES: Record<string, { base: number; prefix: string }> = {
  o: { base: 8, prefix: '0o' },
  x: { base: 16, prefix: '0x' },
  X: { base: 16, prefix: '0X' },
};

function convertInt(item: Item, conversion: Conversion): string {
  const { flags, type, precision } = conversion;
  const number = numericOf(item);
  const { base, prefix } = BASES[type] ?? { base: 10, prefix: '' };
  if (number === undefined || (base !== 10 && typeof number === 'number')) {
    raise(
      'TypeError',
      `%${type} format: ${base === 10 ? 'a real number' : 'an integer'} is required, not ${typeName(item)}`,
    );
  }
  const value = truncate(number);
  const digits = (value < 0n ? -value : value).toString(base).padStart(precision ?? 1, '0');
  const sign = signOf(value < 0n, flags) + (flags.includes('#') ? prefix : '');
  return padded(sign, type === 'X' ? digits.toUpperCase() : digits, conversion, filling(flags));
}

function convertFloat(item: Item, conversion: Conversion): string {
  const { flags, type, precision } = conversion;
  const number = numericOf(item);
  if (number === undefined) raise('TypeError', `must be real number, not ${typeName(item)}`);
  const value = toFloat(number);
  const { integer, rest } = renderFloat(value, {
    type,
    precision: precision ?? 6,
    alternate: flags.includes('#'),
  });
  const sign = signOf(value < 0 || Object.is(value, -0), flags);
  return padded(sign, integer + rest, conversion, filling(flags));
}

function convertCharacter(item: Item): string {
  const code = intOf(item);
  if (code !== undefined) return characterOf(code);
  if (typeof item === 'string' && lengthOf(item) === 1) return item;
  raise('TypeError', '%c requires int or char');
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function filling(flags: string): string {
  return flags.includes('0') && !flags.includes('-') ? '0' : ' ';
}

function padded(sign: string, body: string, { flags, width }: Conversion, fill: string): string {
  const missing = Math.max(0, width - lengthOf(sign) - lengthOf(body));
  if (flags.includes('-')) return sign + body + ' '.repeat(missing);
  return fill === '0' ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body;
}
