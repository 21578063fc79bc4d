/**
 * Writes a light curve to its file, in one of the formats that read-light-curve.ts reads; times in seconds.
 * Text is always gzip. CSV and FITS are for other programs, which go by the name: they are gzip when it ends in `.gz`.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fitsBlocks } from './fits-write.ts';
import { CSV_TITLES, type LightCurveFormat } from './formats.ts';
import { headerText } from './header.ts';
import { type LightCurve, type Metadata, SECONDS_PER_DAY } from './light-curve.ts';
import { blocksOf, writeRows } from './write-text.ts';

/** `header` is for metadata of the file itself; that of the product is the platform's to keep. */
export async function writeLightCurve(
  path: string,
  curve: LightCurve,
  header: Metadata = {},
  format: LightCurveFormat = 'text',
): Promise<void> {
  const { time, flux, flag, uncertainty } = curve;
  const columns = [time, flux, flag, uncertainty];
  const lines = headerText(header);
  if (format === 'text') {
    await writeRows(path, { header: lines, columns, separator: ' ', scale: SECONDS_PER_DAY });
  } else if (format === 'csv') {
    const text = {
      header: `${lines}${CSV_TITLES}\n`,
      columns,
      separator: ',',
      scale: SECONDS_PER_DAY,
    } as const;
    await writeBlocks(path, blocksOf(text));
  } else {
    await writeBlocks(path, fitsBlocks(curve, header));
  }
}

async function writeBlocks(path: string, blocks: Iterable<Buffer>): Promise<void> {
  const file = createWriteStream(path);
  if (path.endsWith('.gz')) await pipeline(blocks, createGzip({ level: 1 }), file);
  else await pipeline(blocks, file);
}
