/**
 * Reads the FITS files that fits-write.ts writes, and those of other programs that are the same: an empty primary array, then
 * a binary table of the columns in FITS_COLUMNS, each one 64-bit number without scaling. Anything else is refused
 * with what was found and what is wanted. What follows the table is not read.
 */
import { EaselError } from '../model/errors.ts';
import { BLOCK_BYTES, CARD_BYTES, type CardValue, type Header, parseCards } from './fits-cards.ts';
import { FITS_COLUMNS } from './formats.ts';
import type { Metadata } from './light-curve.ts';

export interface FitsConsumer {
  /** Gets the numbers of one row (reused for the next); returns what is wrong with them, if anything. */
  row(values: Float64Array): string | undefined;
  metadata(metadata: Metadata): void;
}

const ROW_BYTES = 8 * FITS_COLUMNS.length;
/** A header of a thousand entries at their greatest length has fewer. */
const MAX_HEADER_BLOCKS = 2000;

/** @param name what errors call the file */
export async function readFits(
  chunks: AsyncIterable<Buffer>,
  name: string,
  consumer: FitsConsumer,
): Promise<void> {
  const source = new Source(chunks, name);
  const primary = await readHeader(source);
  expect(source, primary, { SIMPLE: true, NAXIS: 0 });
  const table = await readHeader(source);
  checkTable(source, table);
  consumer.metadata(table.metadata);
  await readTable(source, Number(table.values.get('NAXIS2')), consumer);
}

function checkTable(source: Source, table: Header): void {
  const wanted = { XTENSION: 'BINTABLE', BITPIX: 8, NAXIS: 2, PCOUNT: 0, GCOUNT: 1 };
  expect(source, table, { ...wanted, TFIELDS: FITS_COLUMNS.length });
  for (const [index, { name, unit }] of FITS_COLUMNS.entries()) {
    const column = index + 1;
    expect(source, table, { [`TTYPE${column}`]: name });
    if (unit !== '') expect(source, table, { [`TUNIT${column}`]: unit });
    const form = table.values.get(`TFORM${column}`);
    if (form !== 'D' && form !== '1D') throw source.failure(`TFORM${column} is ${form}: it must be 'D'`);
    for (const scaling of [`TSCAL${column}`, `TZERO${column}`]) {
      if (table.values.has(scaling)) throw source.failure(`${scaling}: scaled columns are not read`);
    }
  }
  expect(source, table, { NAXIS1: ROW_BYTES });
  const rows = table.values.get('NAXIS2');
  if (!Number.isSafeInteger(rows) || Number(rows) < 0) throw source.failure(`NAXIS2 is ${rows}`);
}

function expect(source: Source, { values }: Header, wanted: { readonly [keyword: string]: CardValue }): void {
  for (const [keyword, value] of Object.entries(wanted)) {
    const found = values.get(keyword);
    if (found === value) continue;
    const has = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`;
    throw source.failure(
      `${keyword} ${has}: in the FITS file of a light curve it is ${JSON.stringify(value)}`,
    );
  }
}

async function readHeader(source: Source): Promise<Header> {
  const cards: string[] = [];
  for (let block = 0; block < MAX_HEADER_BLOCKS; block++) {
    const text = (await source.take(BLOCK_BYTES, 'in a header')).toString('latin1');
    for (let start = 0; start < BLOCK_BYTES; start += CARD_BYTES) {
      const card = text.slice(start, start + CARD_BYTES);
      if (card.trimEnd() === 'END') return parseCards(cards);
      cards.push(card);
    }
  }
  throw source.failure(`the header has more than ${MAX_HEADER_BLOCKS} blocks`);
}

async function readTable(source: Source, rows: number, consumer: FitsConsumer): Promise<void> {
  const values = new Float64Array(FITS_COLUMNS.length);
  for (let row = 0; row < rows; ) {
    const count = Math.min(rows - row, BLOCK_BYTES / ROW_BYTES);
    const bytes = await source.take(count * ROW_BYTES, `after row ${row} of ${rows}`);
    for (let place = 0; place < bytes.length; place += ROW_BYTES) {
      row++;
      for (let column = 0; column < values.length; column++) {
        values[column] = bytes.readDoubleBE(place + 8 * column);
      }
      const problem = consumer.row(values);
      if (problem !== undefined) throw source.failure(problem, `row ${row}`);
    }
  }
}

/** Pieces of a wanted size out of chunks of any. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #name: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>, name: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#name = name;
  }

  async take(bytes: number, where: string): Promise<Buffer> {
    while (this.#rest.length < bytes) {
      const next = await this.#chunks.next();
      if (next.done === true) throw this.failure(`the file ends ${where}`);
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }

  failure(problem: string, place?: string): EaselError {
    return new EaselError('task', `${this.#name}${place === undefined ? '' : `, ${place}`}: ${problem}`);
  }
}
