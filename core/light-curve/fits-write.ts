/**
 * A light curve as a FITS file (FITS Standard 4.0, section 7.3): an empty primary array, then one binary table with the
 * columns of FITS_COLUMNS, 64-bit numbers in big-endian order. The bytes depend on the curve alone: there is no date.
 */
import { endianness } from 'node:os';
import { BLOCK_BYTES, headerBlocks, metadataCards, valueCard } from './fits-cards.ts';
import { FITS_COLUMNS } from './formats.ts';
import { type LightCurve, type Metadata, SECONDS_PER_DAY } from './light-curve.ts';

const ROW_BYTES = 8 * FITS_COLUMNS.length;
const ROWS_PER_CHUNK = 90 * 90; // of 32 bytes: 90 blocks

const PRIMARY = [
  valueCard('SIMPLE', true),
  valueCard('BITPIX', 8),
  valueCard('NAXIS', 0),
  valueCard('EXTEND', true),
];

/** The file in chunks of whole blocks. */
export function* fitsBlocks(curve: LightCurve, metadata: Metadata): Generator<Buffer> {
  const rows = curve.time.length;
  yield headerBlocks(PRIMARY);
  yield headerBlocks([...tableCards(rows), ...metadataCards(metadata)]);
  for (let row = 0; row < rows; row += ROWS_PER_CHUNK) {
    yield tableRows(curve, row, Math.min(rows, row + ROWS_PER_CHUNK));
  }
}

function tableCards(rows: number): string[] {
  return [
    valueCard('XTENSION', 'BINTABLE'),
    valueCard('BITPIX', 8),
    valueCard('NAXIS', 2),
    valueCard('NAXIS1', ROW_BYTES),
    valueCard('NAXIS2', rows),
    valueCard('PCOUNT', 0),
    valueCard('GCOUNT', 1),
    valueCard('TFIELDS', FITS_COLUMNS.length),
    ...FITS_COLUMNS.flatMap(({ name, unit }, index) => [
      valueCard(`TTYPE${index + 1}`, name),
      valueCard(`TFORM${index + 1}`, 'D'),
      ...(unit === '' ? [] : [valueCard(`TUNIT${index + 1}`, unit)]),
    ]),
    valueCard('EXTNAME', 'LIGHTCURVE'),
  ];
}

/** Rows `start` to `end`, filled up with zeros to whole blocks. */
function tableRows({ time, flux, flag, uncertainty }: LightCurve, start: number, end: number): Buffer {
  const bytes = (end - start) * ROW_BYTES;
  const padded = new Float64Array((Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES) / 8);
  for (let row = start, place = 0; row < end; row++) {
    padded[place++] = (time[row] ?? 0) * SECONDS_PER_DAY;
    padded[place++] = flux[row] ?? 0;
    padded[place++] = flag[row] ?? 0;
    padded[place++] = uncertainty[row] ?? 0;
  }
  const block = Buffer.from(padded.buffer);
  return endianness() === 'LE' ? block.swap64() : block;
}
