/**
 * The first pass over a source: finds its literals, and blanks them out for the grammar's pass.
 *
 * Every literal (adjacent strings count as one, as in Python) becomes digits 1 in its place, strings after one blank, so
 * that nothing in front runs into them; comments and line ends become blanks. So positions stay, the grammar sees only names, operators, brackets and plain numbers,
 * and what a literal means is decided here by Python's rules. Outside strings only ASCII passes: Python would
 * take look-alike letters for the names they look like.
 */
import { Fault } from './fault.ts';
import { NESTING, OPERATORS, SOURCE_LENGTH } from './limits.ts';
import { readNumber } from './number-literal.ts';
import { readString } from './string-literal.ts';

interface Literal {
  readonly at: number;
  readonly end: number;
  readonly value: string | bigint | number;
}

export interface Scanned {
  /** Of the same length as the source. */
  readonly text: string;
  /** By the place of their first digit 1. */
  readonly literals: ReadonlyMap<number, Literal>;
}

/** String starts come before names, and numbers before the operator `.`. */
const TOKEN =
  /(?<blank>[ \t\f\r\n]+|\\\r?\n|#[^\r\n]*)|(?<string>(?:[bB][rR]?|[rR][bBfF]?|[fF][rR]?|[uU])?(?:'''|"""|'|"))|(?<number>\.?[0-9])|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<open>[([{])|(?<close>[)\]}])|(?<other>[-+*/%<>=!&|^~@.,:;])/y;

const CLOSES: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

export function scan(source: string): Scanned {
  if (source.length > SOURCE_LENGTH) {
    throw new Fault(
      'limit',
      `LimitError: an expression of more than ${SOURCE_LENGTH} characters`,
      SOURCE_LENGTH,
    );
  }
  const scanner = new Scanner(source);
  return { text: scanner.run(), literals: scanner.literals };
}

class Scanner {
  readonly literals = new Map<number, Literal>();
  readonly #source: string;
  readonly #open: { readonly bracket: string; readonly at: number }[] = [];
  #text = '';
  /** The last string literal, while nothing but blanks has followed it. */
  #lastString: Literal | undefined;
  #started = false;
  /** Where the expression's line ended, once it has. */
  #lineEnd: number | undefined;
  #operators = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    while (this.#text.length < this.#source.length) this.#next(this.#text.length);
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) {
      throw new Fault('syntax', `SyntaxError: '${unclosed.bracket}' was never closed`, unclosed.at);
    }
    return this.#text;
  }

  #next(at: number): void {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(this.#source);
    const groups = match?.groups;
    if (match === null || groups === undefined) throw this.#invalidCharacter(at);
    const token = match[0];
    if (groups.blank !== undefined) this.#blank(at, token);
    else if (groups.string !== undefined) this.#string(at, token);
    else this.#other(at, token, groups);
  }

  #other(at: number, token: string, groups: Record<string, string | undefined>): void {
    this.#checkLine();
    this.#lastString = undefined;
    if (groups.number !== undefined) {
      this.#number(at);
      return;
    }
    if (/^(?:[^\w()[\]{},:]|and|or|not|if)$/.test(token)) this.#countOperator(at);
    if (groups.open !== undefined) this.#opened(at, token);
    if (groups.close !== undefined) this.#closed(at, token);
    this.#text += token;
    const following = this.#source.slice(at + token.length, at + token.length + 2);
    if (groups.name !== undefined && /^\.[0-9]/.test(following)) {
      throw new Fault('syntax', 'SyntaxError: invalid syntax', at + token.length);
    }
  }

  #invalidCharacter(at: number): Fault {
    const code = this.#source.codePointAt(at) ?? 0;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(code))
      ? `'${String.fromCodePoint(code)}' (${name})`
      : name;
    return new Fault('syntax', `SyntaxError: invalid character ${shown} outside a string`, at);
  }

  /** A line may end inside brackets, after a backslash, or when nothing follows. */
  #blank(at: number, token: string): void {
    const newline = token.startsWith('\\') ? -1 : token.search(/[\r\n]/);
    if (newline >= 0 && this.#open.length === 0 && this.#started) this.#lineEnd ??= at + newline;
    this.#text += ' '.repeat(token.length);
  }

  #checkLine(): void {
    this.#started = true;
    if (this.#lineEnd === undefined) return;
    throw new Fault('syntax', 'SyntaxError: one expression, on one line or in parentheses', this.#lineEnd);
  }

  #string(at: number, opening: string): void {
    this.#checkLine();
    const { end, value } = readString(this.#source, at, opening);
    const before = this.#lastString;
    const joined = { at: before?.at ?? at, end, value: `${before?.value ?? ''}${value}` };
    this.literals.set(joined.at + 1, joined);
    this.#text = `${this.#text.slice(0, joined.at)} ${'1'.repeat(end - joined.at - 1)}`;
    this.#lastString = joined;
  }

  #number(at: number): void {
    const { end, value } = readNumber(this.#source, at);
    this.literals.set(at, { at, end, value });
    this.#text += '1'.repeat(end - at);
  }

  #countOperator(at: number): void {
    this.#operators += 1;
    if (this.#operators > OPERATORS)
      throw new Fault('limit', `LimitError: more than ${OPERATORS} operators`, at);
  }

  #opened(at: number, bracket: string): void {
    this.#open.push({ bracket, at });
    if (this.#open.length > NESTING) {
      throw new Fault('limit', `LimitError: nested more than ${NESTING} deep`, at);
    }
  }

  #closed(at: number, bracket: string): void {
    const opened = this.#open.pop();
    if (opened === undefined) throw new Fault('syntax', `SyntaxError: unmatched '${bracket}'`, at);
    if (CLOSES[opened.bracket] !== bracket) {
      const reason = `closing '${bracket}' does not match opening '${opened.bracket}'`;
      throw new Fault('syntax', `SyntaxError: ${reason}`, at);
    }
  }
}
