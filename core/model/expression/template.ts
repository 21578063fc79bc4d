/**
 * Templates of `str.format`: `{}`, `{0}`, `{name}`, `{name.key[0]!r:>{width}}`. A template is read once, numbers of
 * empty fields included, and filled in many times. Specs may hold fields of their own, one level deep, as in Python.
 */
import { raise } from './fault.ts';
import { type FormatSpec, readSpec } from './format-spec.ts';

export interface Field {
  /** Number of a positional argument, or name of a keyword argument. */
  readonly argument: number | string;
  readonly path: readonly FieldStep[];
  readonly conversion: 'r' | 's' | undefined;
  /** Read already, unless it has fields; undefined when there is none. */
  readonly spec: FormatSpec | Template | undefined;
}

export interface FieldStep {
  readonly kind: 'attribute' | 'index';
  readonly name: string;
}

export type Template = readonly (string | Field)[];

export function isTemplate(spec: FormatSpec | Template): spec is Template {
  return Array.isArray(spec);
}

export function readTemplate(text: string): Template {
  return new TemplateReader().read(text, 2);
}

class TemplateReader {
  #next = 0;
  #numbering: 'automatic' | 'manual' | undefined;

  read(text: string, levels: number): Template {
    if (levels === 0) raise('ValueError', 'Max string recursion exceeded');
    const parts: (string | Field)[] = [];
    let literal = '';
    for (let at = 0; at < text.length; ) {
      const brace = nextOf(BRACE, text, at);
      literal += text.slice(at, brace);
      const character = text.charAt(brace);
      if (character === '' || text.charAt(brace + 1) === character) {
        literal += character;
        at = brace + 2;
        continue;
      }
      if (character === '}') raise('ValueError', "Single '}' encountered in format string");
      if (literal !== '') parts.push(literal);
      literal = '';
      const { field, end } = this.#field(text, brace + 1, levels);
      parts.push(field);
      at = end;
    }
    if (literal !== '') parts.push(literal);
    return parts;
  }

  /** The field whose name starts at `start`; `end` is the place after its closing brace. */
  #field(text: string, start: number, levels: number): { field: Field; end: number } {
    if (start === text.length) raise('ValueError', "Single '{' encountered in format string");
    const nameEnd = endOfName(text, start);
    const [head = ''] = /^[^.[]*/.exec(text.slice(start, nameEnd)) ?? [];
    const path = readPath(text.slice(start + head.length, nameEnd));
    const argument = this.#argument(head);
    const converted = text.charAt(nameEnd) === '!';
    const conversion = converted ? readConversion(text.slice(nameEnd + 1, nameEnd + 3)) : undefined;
    const specStart = nameEnd + (converted ? 2 : 0);
    if (text.charAt(specStart) !== ':')
      return { field: { argument, path, conversion, spec: undefined }, end: specStart + 1 };
    const specEnd = endOfSpec(text, specStart + 1);
    const spec = this.#spec(text.slice(specStart + 1, specEnd), levels);
    return { field: { argument, path, conversion, spec }, end: specEnd + 1 };
  }

  #argument(head: string): number | string {
    if (head !== '' && !/^[0-9]+$/.test(head)) return head;
    const numbering = head === '' ? 'automatic' : 'manual';
    if (this.#numbering !== undefined && this.#numbering !== numbering) {
      raise('ValueError', 'cannot mix {} and {0}: number all fields, or none');
    }
    this.#numbering = numbering;
    if (head !== '') return Number(head);
    this.#next += 1;
    return this.#next - 1;
  }

  #spec(text: string, levels: number): FormatSpec | Template | undefined {
    if (text === '') return undefined;
    return text.includes('{') ? this.read(text, levels - 1) : readSpec(text);
  }
}

const BRACE = /[{}]/g;
const NAME_END = /[{}[!:]/g;

/** The place of the next match, or the end of the text. */
function nextOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** A name ends at `}`, `!` or `:`, unless they stand in brackets. */
function endOfName(text: string, start: number): number {
  for (let at = start; ; ) {
    at = nextOf(NAME_END, text, at);
    const character = text.charAt(at);
    if (character === '') raise('ValueError', "expected '}' before end of string");
    if (character === '{') raise('ValueError', "unexpected '{' in field name");
    if (character !== '[') return at;
    const close = text.indexOf(']', at);
    at = close < 0 ? text.length : close + 1;
  }
}

/** The place of the brace that closes the field, past the fields within its spec. */
function endOfSpec(text: string, start: number): number {
  let open = 1;
  for (let at = nextOf(BRACE, text, start); at < text.length; at = nextOf(BRACE, text, at + 1)) {
    open += text.charAt(at) === '{' ? 1 : -1;
    if (open === 0) return at;
  }
  raise('ValueError', "unmatched '{' in format spec");
}

/** `text` is the conversion and the character after it. */
function readConversion(text: string): 'r' | 's' {
  const conversion = text.charAt(0);
  if (conversion !== 'r' && conversion !== 's') {
    raise('ValueError', `Unknown conversion specifier '${conversion}' (there are !r and !s)`);
  }
  if (!/^[:}]$/.test(text.charAt(1))) raise('ValueError', "expected ':' after conversion specifier");
  return conversion;
}

const STEP = /(?:\.(?<attribute>[^.[]*)|\[(?<index>[^\]]*)\])/y;

/** `.key[0]` -> its steps. Attributes that start with `_` are refused, as everywhere. */
function readPath(text: string): FieldStep[] {
  const steps: FieldStep[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const from = STEP.lastIndex;
    const groups = STEP.exec(text)?.groups;
    if (groups === undefined) {
      raise(
        'ValueError',
        text.charAt(from) === '[' ? "Missing ']' in format string" : "Only '.' or '[' may follow ']'",
      );
    }
    const kind = groups.attribute === undefined ? 'index' : 'attribute';
    const name = groups.attribute ?? groups.index ?? '';
    if (name === '') raise('ValueError', 'Empty attribute in format string');
    if (kind === 'attribute' && name.startsWith('_')) {
      raise('AttributeError', `'${name.slice(0, 40)}': names that start with _ are refused`);
    }
    steps.push({ kind, name });
  }
  return steps;
}
