/**
 * Light curves as other programs write them, made into our own: comma-separated text with the time in days.
 * `lcsg` has time, flux, flag and `# #key=value` lines; `csv` has time, flux and perhaps the uncertainty.
 * Whatever had to be repaired is counted, so that a person can be told.
 */

import { fileBytes } from '../../core/light-curve/file-bytes.ts';
import { GrowingCurve } from '../../core/light-curve/growing-curve.ts';
import { addHeaderLine, emptyHeader } from '../../core/light-curve/header.ts';
import { allocateLightCurve, type LightCurve, sliceLightCurve } from '../../core/light-curve/light-curve.ts';
import { INVALID_SAMPLE_FLAG } from '../../core/light-curve/read-light-curve.ts';
import { type RowConsumer, type RowShape, readRows } from '../../core/light-curve/read-rows.ts';
import { at } from '../../core/light-curve/samples.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Metadata } from '../task-module.ts';

export const EXTERNAL_TYPES = ['lcsg', 'csv'] as const;
export type ExternalType = (typeof EXTERNAL_TYPES)[number];

export interface ExternalCurve {
  /** Its first sample is at 0. */
  readonly curve: LightCurve;
  /** The file's own entries, and `time_origin`: the time of the first sample in the file, days. */
  readonly header: Metadata;
  /** What was done to the samples, in words; empty when nothing was. */
  readonly repairs: readonly string[];
}

const SHAPES: Record<ExternalType, RowShape> = {
  lcsg: { separator: 'comma', minColumns: 3, maxColumns: 3, titles: true },
  csv: { separator: 'comma', minColumns: 2, maxColumns: 3, titles: true },
};

export async function readExternalCurve(
  path: string,
  { name, type }: { name: string; type: ExternalType },
): Promise<ExternalCurve> {
  const reading = new Reading(type);
  await readRows({ chunks: fileBytes(path, name), name }, SHAPES[type], reading);
  if (reading.samples.length === 0) throw new EaselError('task', `${name}: the light curve has no samples`);
  const { curve, origin, unsorted, repeated } = arrange(reading.samples.finish());
  const repairs = [
    [reading.timeless, 'without a time dropped'],
    [reading.invalid, 'that are not finite flagged'],
    [unsorted, 'out of order sorted'],
    [repeated, 'with the time of another dropped'],
  ] as const;
  return {
    curve,
    header: Object.assign(reading.header, { time_origin: origin }),
    repairs: repairs.flatMap(([count, what]) => (count > 0 ? [`${count} samples ${what}`] : [])),
  };
}

class Reading implements RowConsumer {
  readonly samples = new GrowingCurve();
  readonly header = emptyHeader();
  timeless = 0;
  invalid = 0;
  readonly #type: ExternalType;

  constructor(type: ExternalType) {
    this.#type = type;
  }

  row(values: Float64Array, count: number): string | undefined {
    const time = at(values, 0);
    const flux = at(values, 1);
    const third = count === 3 ? at(values, 2) : 0;
    const flag = this.#type === 'lcsg' ? third : 0;
    const uncertainty = this.#type === 'csv' ? third : 0;
    if (!Number.isFinite(time)) {
      this.timeless++;
      return undefined;
    }
    if (uncertainty < 0) return 'the uncertainty is negative';
    if (Number.isFinite(flux) && Number.isFinite(uncertainty)) {
      return this.samples.add(time, flux, flag, uncertainty);
    }
    this.invalid++;
    return this.samples.add(time, flux, flag === 0 ? INVALID_SAMPLE_FLAG : flag, uncertainty);
  }

  comment(text: string): void {
    addHeaderLine(this.header, text);
  }
}

interface Arranged {
  readonly curve: LightCurve;
  readonly origin: number;
  readonly unsorted: number;
  readonly repeated: number;
}

/** Sorted by time, of samples with the same time only the first, the first one at 0. */
function arrange(curve: LightCurve): Arranged {
  let unsorted = 0;
  for (let row = 1; row < curve.time.length; row++) {
    if (at(curve.time, row) < at(curve.time, row - 1)) unsorted++;
  }
  const order = Array.from(curve.time.keys());
  if (unsorted > 0) order.sort((a, b) => at(curve.time, a) - at(curve.time, b));
  const arranged = allocateLightCurve(curve.time.length);
  const origin = at(curve.time, order[0] ?? 0);
  let rows = 0;
  for (const row of order) {
    const time = at(curve.time, row) - origin;
    if (rows > 0 && time <= at(arranged.time, rows - 1)) continue;
    arranged.time[rows] = time;
    arranged.flux[rows] = at(curve.flux, row);
    arranged.flag[rows] = at(curve.flag, row);
    arranged.uncertainty[rows] = at(curve.uncertainty, row);
    rows++;
  }
  return { curve: sliceLightCurve(arranged, 0, rows), origin, unsorted, repeated: order.length - rows };
}
