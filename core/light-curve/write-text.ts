/**
 * Writes rows of numbers as gzip text. Formatting and compression overlap: zlib works on one block in its own
 * thread while the next one is filled. The bytes depend on the numbers alone (the gzip header has no date).
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { MAX_NUMBER_BYTES, writeNumber } from './number-text.ts';

const BLOCK_BYTES = 1 << 18;
const NEWLINE = 10;
/** Digits of noise do not compress: higher levels cost several times as much and save a few per cent. */
const LEVEL = 1;

export interface RowText {
  /** Text before the rows: comment lines, each with its newline. */
  readonly header: string;
  readonly columns: readonly Float64Array[];
  readonly separator: ' ' | ',';
  /** What the first column is multiplied by. */
  readonly scale?: number;
}

export async function writeRows(path: string, text: RowText): Promise<void> {
  await pipeline(
    blocksOf(text),
    createGzip({ level: LEVEL, chunkSize: BLOCK_BYTES }),
    createWriteStream(path),
  );
}

/** The text in blocks of a quarter of a megabyte. */
export function* blocksOf({ header, columns, separator, scale = 1 }: RowText): Generator<Buffer> {
  if (header !== '') yield Buffer.from(header);
  const rows = columns[0]?.length ?? 0;
  const between = separator.charCodeAt(0);
  const fullAt = BLOCK_BYTES - columns.length * (MAX_NUMBER_BYTES + 1);
  for (let row = 0; row < rows; ) {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    let end = 0;
    for (; row < rows && end < fullAt; row++) {
      for (let column = 0; column < columns.length; column++) {
        const values = columns[column];
        if (values === undefined) continue;
        end = writeNumber(column === 0 ? (values[row] ?? 0) * scale : (values[row] ?? 0), block, end);
        block[end++] = between;
      }
      block[end - 1] = NEWLINE;
    }
    yield block.subarray(0, end);
  }
}
