/**
 * The cards of a FITS header (FITS Standard 4.0, sections 3.3 and 4): 80 bytes of printable ASCII each, in blocks of
 * 2880, fixed format. The metadata of a light curve stand in COMMENT cards, as `key=value`: its names are longer
 * than the eight capitals of a keyword. A text longer than a card goes on in the next, every card but the last being full.
 */
import { addHeaderLine, emptyHeader, headerText } from './header.ts';
import type { Metadata } from './light-curve.ts';

export const BLOCK_BYTES = 2880;
export const CARD_BYTES = 80;

export type CardValue = string | number | boolean;

const COMMENT = 'COMMENT ';
/** What a COMMENT card holds besides its keyword and the sign that tells a beginning from a continuation. */
const TEXT_BYTES = CARD_BYTES - COMMENT.length - 2;
const BEGINS = '# ';
const GOES_ON = '& ';

/** Whole blocks: the cards, END, and blanks. */
export function headerBlocks(cards: readonly string[]): Buffer {
  const text = [...cards, 'END'].map((card) => card.padEnd(CARD_BYTES)).join('');
  return Buffer.from(text.padEnd(Math.ceil(text.length / BLOCK_BYTES) * BLOCK_BYTES), 'latin1');
}

/** Logical values and integers end in column 30, texts begin in column 11 and have at least eight characters. */
export function valueCard(keyword: string, value: CardValue): string {
  if (typeof value === 'string') {
    return `${keyword.padEnd(8)}= '${value.replaceAll("'", "''").padEnd(8)}'`;
  }
  const text = typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value);
  return `${keyword.padEnd(8)}= ${text.padStart(20)}`;
}

/** What is no printable ASCII is percent-encoded, as the standard allows nothing else. */
export function metadataCards(metadata: Metadata): string[] {
  const lines = headerText(metadata).split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    const text = line
      .slice(2)
      .toWellFormed()
      .replace(/[^ -~]|%/gu, encodeURIComponent);
    const pieces = text.match(new RegExp(`.{1,${TEXT_BYTES}}`, 'g')) ?? [];
    return pieces.map((piece, index) => `${COMMENT}${index === 0 ? BEGINS : GOES_ON}${piece}`);
  });
}

export interface Header {
  /** Of the cards with a value. */
  readonly values: ReadonlyMap<string, CardValue>;
  readonly metadata: Metadata;
}

/** @param cards 80 characters each, without END */
export function parseCards(cards: readonly string[]): Header {
  const values = new Map<string, CardValue>();
  const lines: string[] = [];
  for (const card of cards) {
    const text = card.slice(COMMENT.length + 2);
    if (card.startsWith(COMMENT + BEGINS)) lines.push(text);
    else if (card.startsWith(COMMENT + GOES_ON) && lines.length > 0) lines.push(`${lines.pop()}${text}`);
    else if (card.slice(8, 10) === '= ') values.set(card.slice(0, 8).trimEnd(), parseValue(card.slice(10)));
  }
  const metadata = emptyHeader();
  for (const line of lines) addHeaderLine(metadata, `# ${decode(line.trimEnd())}`);
  return { values, metadata };
}

function parseValue(field: string): CardValue {
  const [, quoted] = /^ *'((?:[^']|'')*)'/.exec(field) ?? [];
  if (quoted !== undefined) return quoted.replaceAll("''", "'").trimEnd();
  const token = field.replace(/\/.*$/, '').trim();
  if (token === 'T' || token === 'F') return token === 'T';
  return token === '' ? '' : Number(token.replace(/[dD]/, 'E'));
}

/** Comments of other programs need not be encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
