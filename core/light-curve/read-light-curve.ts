/**
 * Reads a light curve from its file: gzip (or plain) text of four columns separated by blanks: time in seconds from the
 * start of the curve, relative flux, flag, uncertainty. Times must be finite and ascend; a flux or uncertainty
 * that is not finite is kept and its sample flagged, so that nothing computes with it.
 */
import { EaselError } from '../model/errors.ts';
import { GrowingCurve } from './growing-curve.ts';
import { addHeaderLine, emptyHeader } from './header.ts';
import { type LightCurve, type Metadata, SECONDS_PER_DAY } from './light-curve.ts';
import { type RowConsumer, readRows } from './read-rows.ts';
import { at } from './samples.ts';

export const INVALID_SAMPLE_FLAG = 1;

export interface LightCurveFile {
  readonly path: string;
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

const SHAPE = { separator: 'blank', minColumns: 4, maxColumns: 4, titles: false } as const;

/** Throws EaselError `task`, naming file and line, for a file that is no light curve or is empty. */
export async function readLightCurve(file: LightCurveFile): Promise<StoredLightCurve> {
  const reading = new Reading();
  await readRows(file.path, file.name, SHAPE, reading);
  if (reading.samples.length === 0)
    throw new EaselError('task', `${file.name}: the light curve has no samples`);
  return {
    curve: reading.samples.finish(),
    header: reading.header,
    metadata: Object.assign(emptyHeader(), reading.header, file.metadata),
    invalidCount: reading.invalidCount,
  };
}

class Reading implements RowConsumer {
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
}
