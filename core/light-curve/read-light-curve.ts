/**
 * Reads a light curve from its file, which may be any of the formats of formats.ts: time in seconds from the
 * start of the curve, relative flux, flag, uncertainty. Times must be finite and ascend; a flux or uncertainty
 * that is not finite is kept and its sample flagged, so that nothing computes with it.
 */
import { EaselError } from '../model/errors.ts';
import { type FileSource, fileBytes } from './file-bytes.ts';
import { type FitsConsumer, readFits } from './fits-read.ts';
import { CSV_TITLES, FITS_MAGIC } from './formats.ts';
import { GrowingCurve } from './growing-curve.ts';
import { addHeaderLine, emptyHeader } from './header.ts';
import { type LightCurve, type Metadata, SECONDS_PER_DAY } from './light-curve.ts';
import { type RowConsumer, readRows } from './read-rows.ts';
import { at } from './samples.ts';

export const INVALID_SAMPLE_FLAG = 1;

export interface LightCurveFile {
  readonly path: FileSource;
  /** For messages. */
  readonly name: string;
  /** Of the product. */
  readonly metadata: Metadata;
}

export interface StoredLightCurve {
  readonly curve: LightCurve;
  /** The entries of the file's comment lines. */
  readonly header: Metadata;
  /** The header, overruled by the metadata of the product. */
  readonly metadata: Metadata;
  /** Samples that had no flag and a flux or uncertainty that is not finite. */
  readonly invalidCount: number;
}

const COLUMNS = { minColumns: 4, maxColumns: 4, titles: false } as const;
const SHAPE = { ...COLUMNS, separator: 'blank', commaTitles: CSV_TITLES } as const;

/** Throws EaselError `task`, naming file and line or row, for a file that is no light curve or is empty. */
export async function readLightCurve(file: LightCurveFile): Promise<StoredLightCurve> {
  const reading = new Reading();
  const { isFits, chunks } = await findFormat(fileBytes(file.path, file.name));
  if (isFits) await readFits(chunks, file.name, reading);
  else await readRows({ chunks, name: file.name }, SHAPE, reading);
  if (reading.samples.length === 0)
    throw new EaselError('task', `${file.name}: the light curve has no samples`);
  return {
    curve: reading.samples.finish(),
    header: reading.header,
    metadata: Object.assign(emptyHeader(), reading.header, file.metadata),
    invalidCount: reading.invalidCount,
  };
}

/** `chunks` again from the first on, and whether they are FITS; text and CSV are told apart by their first line. */
async function findFormat(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ isFits: boolean; chunks: AsyncIterable<Buffer> }> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < FITS_MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield head;
    yield* chunks;
  };
  return { isFits: head.toString('latin1', 0, FITS_MAGIC.length) === FITS_MAGIC, chunks: whole() };
}

class Reading implements RowConsumer, FitsConsumer {
  readonly samples = new GrowingCurve();
  readonly header = emptyHeader();
  invalidCount = 0;

  row(values: Float64Array): string | undefined {
    const time = at(values, 0) / SECONDS_PER_DAY;
    const flux = at(values, 1);
    const uncertainty = at(values, 3);
    let flag = at(values, 2);
    if (!Number.isFinite(time)) return 'the time is not finite';
    if (time <= this.samples.lastTime)
      return 'the time is not later than the one before; sort the light curve';
    if (uncertainty < 0) return 'the uncertainty is negative';
    if (flag === 0 && !(Number.isFinite(flux) && Number.isFinite(uncertainty))) {
      flag = INVALID_SAMPLE_FLAG;
      this.invalidCount++;
    }
    return this.samples.add(time, flux, flag, uncertainty);
  }

  comment(text: string): void {
    addHeaderLine(this.header, text);
  }

  metadata(metadata: Metadata): void {
    Object.assign(this.header, metadata);
  }
}
