/** Number literals as Python reads them: underscores between digits, `2.` and `.5`, 0x 0o 0b, no leading zeros. */
import { Fault } from './fault.ts';
import { bitLength, DEFAULT_LIMITS } from './limits.ts';

const DIGITS = '[0-9](?:_?[0-9])*';
const LITERAL = new RegExp(
  [
    '0[xX](?<hex>(?:_?[0-9a-fA-F])+)',
    '0[oO](?<octal>(?:_?[0-7])+)',
    '0[bB](?<binary>(?:_?[01])+)',
    `(?<float>(?:${DIGITS}\\.(?:${DIGITS})?|\\.${DIGITS})(?:[eE][-+]?${DIGITS})?|${DIGITS}[eE][-+]?${DIGITS})`,
    `(?<int>${DIGITS})`,
  ].join('|'),
  'y',
);

/** What may follow a number without a blank between: `1if x else 2` is Python. */
const KEYWORD = /(?:and|else|for|if|in|is|not|or)\b/y;

export function readNumber(source: string, at: number): { end: number; value: bigint | number } {
  LITERAL.lastIndex = at;
  const match = LITERAL.exec(source);
  const groups = match?.groups;
  if (match === null || groups === undefined) throw invalid(at);
  const end = at + match[0].length;
  checkFollowing(source, end);
  const text = match[0].replaceAll('_', '');
  if (groups.float !== undefined) return { end, value: Number(text) };
  if (groups.int !== undefined && /^0[0-9]*[1-9]/.test(text)) {
    const reason = 'leading zeros in decimal integer literals are not permitted';
    throw new Fault('syntax', `SyntaxError: ${reason}`, at);
  }
  const value = BigInt(text.toLowerCase());
  if (bitLength(value) > DEFAULT_LIMITS.intBits) {
    throw new Fault('limit', `LimitError: an int of more than ${DEFAULT_LIMITS.intBits} bits`, at);
  }
  return { end, value };
}

function checkFollowing(source: string, end: number): void {
  if (/[jJ]/.test(source.charAt(end)) && !/[A-Za-z0-9_]/.test(source.charAt(end + 1))) {
    throw new Fault('refused', 'complex numbers are not part of the expression language', end);
  }
  if (!/[A-Za-z0-9_.]/.test(source.charAt(end))) return;
  KEYWORD.lastIndex = end;
  if (KEYWORD.test(source)) return;
  // `1..real` reads an attribute of the float `1.`; `1.5.2` does not.
  if (source.charAt(end) === '.' && !/[0-9]/.test(source.charAt(end + 1))) return;
  throw invalid(end);
}

function invalid(at: number): Fault {
  return new Fault('syntax', 'SyntaxError: invalid number', at);
}
