/**
 * Writes rows of numbers as gzip text. Formatting and compression overlap: blocks are deflated in the threads of zlib while
 * the next ones are filled, and stand in the file as one gzip member. The bytes depend on the numbers alone: blocks end
 * where the text says, however many threads there are, and the gzip header has no date.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { MAX_NUMBER_BYTES, writeNumber } from './number-text.ts';

const BLOCK_BYTES = 1 << 18;
const NEWLINE = 10;
/**
 * Digits of noise do not compress: higher levels cost several times as much and save a few per cent. What repeats stands
 * in the rows just before, so that a short window finds it sooner.
 */
const DEFLATION = { level: 1, windowBits: 12, finishFlush: constants.Z_SYNC_FLUSH };
/** Blocks under way at once: as many as zlib has threads. */
const LANES = 4;
/** RFC 1952: deflate, no name, no date, the fastest level, any system. */
const GZIP_HEADER = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
/** An empty block marked as the last one. */
const DEFLATE_END = Buffer.of(3, 0);

const deflate = promisify<Buffer, object, Buffer>(deflateRaw);

export interface RowText {
  /** Text before the rows: comment lines, each with its newline. */
  readonly header: string;
  readonly columns: readonly Float64Array[];
  readonly separator: ' ' | ',';
  /** What the first column is multiplied by. */
  readonly scale?: number;
}

export async function writeRows(path: string, text: RowText): Promise<void> {
  await pipeline(gzipOf(blocksOf(text)), createWriteStream(path));
}

async function* gzipOf(blocks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const underWay: Promise<Buffer>[] = [];
  const trailer = Buffer.alloc(8);
  let check = 0;
  let bytes = 0;
  yield GZIP_HEADER;
  for (const block of blocks) {
    check = crc32(block, check);
    bytes += block.length;
    underWay.push(deflate(block, DEFLATION));
    if (underWay.length === LANES) yield* underWay.splice(0, 1);
  }
  yield* underWay;
  trailer.writeUInt32LE(check, 0);
  trailer.writeUInt32LE(bytes % 2 ** 32, 4);
  yield Buffer.concat([DEFLATE_END, trailer]);
}

/** The text in blocks of a quarter of a megabyte. A number that is the one above it is copied from there. */
export function* blocksOf({ header, columns, separator, scale = 1 }: RowText): Generator<Buffer> {
  if (header !== '') yield Buffer.from(header);
  const rows = columns[0]?.length ?? 0;
  const between = separator.charCodeAt(0);
  const fullAt = BLOCK_BYTES - columns.length * (MAX_NUMBER_BYTES + 1);
  const starts = new Int32Array(columns.length);
  const ends = new Int32Array(columns.length);
  for (let row = 0; row < rows; ) {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    const first = row;
    let end = 0;
    for (; row < rows && end < fullAt; row++) {
      for (let column = 0; column < columns.length; column++) {
        const values = columns[column];
        if (values === undefined) continue;
        const value = values[row] ?? 0;
        const start = end;
        if (row > first && value === values[row - 1]) {
          const above = ends[column] ?? 0;
          for (let index = starts[column] ?? 0; index < above; index++) block[end++] = block[index] ?? 0;
        } else end = writeNumber(column === 0 ? value * scale : value, block, end);
        starts[column] = start;
        ends[column] = end;
        block[end++] = between;
      }
      block[end - 1] = NEWLINE;
    }
    yield block.subarray(0, end);
  }
}
