/** The methods of strings an expression may call, `format` apart (str-format.ts). A map, never an object. */
import { exceed, raise } from './fault.ts';
import { elementsOf, type Item, intOf, Tuple, typeName } from './items.ts';
import { FORMAT_WIDTH, type Meter } from './limits.ts';
import { charactersOf, lengthOf } from './text.ts';

interface Method {
  readonly least: number;
  readonly most: number;
  call(text: string, items: readonly Item[], meter: Meter): Item;
}

/** What Python takes for blanks. */
const BLANKS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BLANK_RUN = new RegExp(`[${BLANKS}]+`);
const BLANK = new RegExp(`[${BLANKS}]`);

/** `format` is listed so that the parser knows its name; it is compiled in a way of its own. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [
    'format',
    { least: 0, most: 1000, call: () => raise('TypeError', 'format takes its arguments from the call') },
  ],
  ['lower', { least: 0, most: 0, call: (text) => text.toLowerCase() }],
  ['upper', { least: 0, most: 0, call: (text) => text.toUpperCase() }],
  ['strip', { least: 0, most: 1, call: (text, [set]) => strip(text, set, true, true) }],
  ['lstrip', { least: 0, most: 1, call: (text, [set]) => strip(text, set, true, false) }],
  ['rstrip', { least: 0, most: 1, call: (text, [set]) => strip(text, set, false, true) }],
  ['split', { least: 0, most: 1, call: (text, [separator], meter) => split(text, separator, meter) }],
  ['join', { least: 1, most: 1, call: (text, [items], meter) => joinTexts(text, items ?? null, meter) }],
  [
    'replace',
    {
      least: 2,
      most: 2,
      call: (text, [old, fresh], meter) => replace(text, string(old), string(fresh), meter),
    },
  ],
  [
    'startswith',
    { least: 1, most: 1, call: (text, [start]) => affixes(start).some((each) => text.startsWith(each)) },
  ],
  [
    'endswith',
    { least: 1, most: 1, call: (text, [end]) => affixes(end).some((each) => text.endsWith(each)) },
  ],
  ['zfill', { least: 1, most: 1, call: (text, [width]) => zeroFill(text, width ?? null) }],
]);

function string(item: Item | undefined): string {
  return typeof item === 'string'
    ? item
    : raise('TypeError', `a str is needed, not '${typeName(item ?? null)}'`);
}

function strip(text: string, set: Item | undefined, start: boolean, end: boolean): string {
  const characters = charactersOf(text);
  const given = set === undefined || set === null ? undefined : new Set(charactersOf(string(set)));
  const drops = (character: string | undefined): boolean =>
    character !== undefined && (given === undefined ? BLANK.test(character) : given.has(character));
  let from = 0;
  let to = characters.length;
  while (start && from < to && drops(characters[from])) from += 1;
  while (end && to > from && drops(characters[to - 1])) to -= 1;
  return typeof characters === 'string' ? characters.slice(from, to) : characters.slice(from, to).join('');
}

function split(text: string, separator: Item | undefined, meter: Meter): Item {
  if (separator === '') raise('ValueError', 'empty separator');
  if (separator === undefined || separator === null) {
    const words = strip(text, undefined, true, true);
    return words === '' ? [] : bounded(words.split(BLANK_RUN), meter);
  }
  meter.search(text, string(separator));
  return bounded(text.split(string(separator)), meter);
}

function bounded(parts: string[], meter: Meter): string[] {
  meter.list(parts.length);
  return parts;
}

function joinTexts(separator: string, items: Item, meter: Meter): string {
  const elements = typeof items === 'string' ? [...items] : elementsOf(items);
  if (elements === undefined) raise('TypeError', `can only join a list of strings, not '${typeName(items)}'`);
  let length = 0;
  const texts = elements.map((each, at) => {
    if (typeof each !== 'string') {
      raise('TypeError', `sequence item ${at}: expected str instance, ${typeName(each)} found`);
    }
    length += each.length + separator.length;
    meter.spend(1);
    meter.checkText(length);
    return each;
  });
  return texts.join(separator);
}

/** The length of the result is known before it is made: by how often the old text occurs. */
function replace(text: string, old: string, fresh: string, meter: Meter): string {
  meter.search(text, old);
  const count = old === '' ? lengthOf(text) + 1 : text.split(old).length - 1;
  meter.spend(count);
  meter.checkText(text.length + count * Math.max(0, fresh.length - old.length));
  return old === '' ? ['', ...text, ''].join(fresh) : text.replaceAll(old, () => fresh);
}

function affixes(item: Item | undefined): readonly string[] {
  return item instanceof Tuple ? item.items.map(string) : [string(item)];
}

function zeroFill(text: string, item: Item): string {
  const width = intOf(item);
  if (width === undefined)
    raise('TypeError', `'${typeName(item)}' object cannot be interpreted as an integer`);
  if (width > FORMAT_WIDTH) exceed(`a width of more than ${FORMAT_WIDTH}`);
  const zeros = '0'.repeat(Math.max(0, Number(width) - lengthOf(text)));
  return /^[-+]/.test(text) ? text.charAt(0) + zeros + text.slice(1) : zeros + text;
}
