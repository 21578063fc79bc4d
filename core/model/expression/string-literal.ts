/** String literals as Python reads them: all escapes but `\N{...}`, raw strings, triple quotes. No bytes, no f-strings. */
import { Fault } from './fault.ts';

const ESCAPE =
  /\\(?:(?<newline>\n)|(?<octal>[0-7]{1,3})|x(?<hex>[0-9a-fA-F]{2})|u(?<four>[0-9a-fA-F]{4})|U(?<eight>[0-9a-fA-F]{8})|(?<other>.))/gsu;

const SIMPLE = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** Reads the literal that starts at `at` with `opening` (prefix and quotes); `end` is the place after its last quote. */
export function readString(source: string, at: number, opening: string): { end: number; value: string } {
  const quotes = opening.replace(/^[A-Za-z]*/, '');
  const prefix = opening.slice(0, opening.length - quotes.length).toLowerCase();
  checkPrefix(prefix, at);
  const start = at + opening.length;
  const close = findClose(source, start, quotes);
  if (close === undefined) throw new Fault('syntax', 'SyntaxError: unterminated string literal', at);
  const text = source.slice(start, close).replaceAll(/\r\n?/g, '\n');
  return { end: close + quotes.length, value: prefix === 'r' ? text : decodeEscapes(text, start) };
}

function checkPrefix(prefix: string, at: number): void {
  if (prefix === '' || prefix === 'r' || prefix === 'u') return;
  if (prefix.includes('f')) {
    const instead = "use '...{name}...'.format(**metadata)";
    throw new Fault('refused', `f-strings are not part of the expression language; ${instead}`, at);
  }
  if (prefix.includes('b')) throw new Fault('refused', 'bytes are not part of the expression language', at);
  throw new Fault('syntax', 'SyntaxError: invalid syntax', at);
}

function findClose(source: string, start: number, quotes: string): number | undefined {
  for (let at = start; at < source.length; at += 1) {
    if (source.startsWith(quotes, at)) return at;
    const character = source.charAt(at);
    if (character === '\0') throw new Fault('syntax', 'SyntaxError: NUL in the source', at);
    if (character === '\\') at += source.startsWith('\r\n', at + 1) ? 2 : 1;
    else if (quotes.length === 1 && (character === '\n' || character === '\r')) return undefined;
  }
  return undefined;
}

function decodeEscapes(text: string, start: number): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const at = start + Number(rest.at(-3));
    if (groups.newline !== undefined) return '';
    if (groups.octal !== undefined) return String.fromCharCode(Number.parseInt(groups.octal, 8));
    const code = groups.hex ?? groups.four ?? groups.eight;
    if (code !== undefined) return fromCode(Number.parseInt(code, 16), at);
    return SIMPLE.get(groups.other ?? '') ?? unknownEscape(whole, at);
  });
}

function fromCode(code: number, at: number): string {
  if (code > 0x10ffff) throw new Fault('syntax', 'SyntaxError: illegal Unicode character', at);
  return String.fromCodePoint(code);
}

/** Python keeps the backslash of an escape it does not know. */
function unknownEscape(whole: string, at: number): string {
  if (/^\\[xuU]/.test(whole)) throw new Fault('syntax', `SyntaxError: truncated ${whole} escape`, at);
  if (whole === '\\N')
    throw new Fault('refused', 'escapes by name (\\N) are not supported; use \\u or \\U', at);
  return whole;
}
