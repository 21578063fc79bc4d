/**
 * The shape that transit least squares fits: the median transit of Hippke & Heller (2019, A&A 623, A39), a
 * planet of 0.03 stellar radii that crosses its star at an impact parameter of 0.32 (period 12.9 d, a = 23.1 stellar radii,
 * inclination 89.21 degrees), with quadratic limb darkening. Depth 1 in the middle, 0 at first and fourth contact.
 *
 * A template is that shape at the samples of a window. Sums of samples times template over all windows are quick where
 * the template is a chain of straight lines: see `Bends`.
 */
import { at } from '../../core/light-curve/samples.ts';
import { quadraticTransitFlux } from '../synthesis/transit-model.ts';

export type LimbDarkening = readonly [u1: number, u2: number];

/** Of a G2V star in the Kepler band (Claret & Bloemen 2011, as chosen by Hippke & Heller). */
export const SUN_IN_KEPLER_BAND: LimbDarkening = [0.4804, 0.1867];

const PLANET_RADIUS = 0.03;
const IMPACT_PARAMETER = 23.1 * Math.cos((89.21 * Math.PI) / 180);

/** Steps of the tabulated half transit; what lies between is interpolated, to 1e-5 of the depth. */
const TABLE_STEPS = 8192;

/** Their number is made a multiple of this, by bends of no change. */
const BENDS_AT_ONCE = 4;

/** How far, in depths, the straight lines may be from the template. */
const LINE_TOLERANCE = 0.02;

export class TransitShape {
  /** From mid-transit to the last contact. */
  readonly #table = new Float64Array(TABLE_STEPS + 2);

  constructor([u1, u2]: LimbDarkening) {
    const across = (1 + PLANET_RADIUS) ** 2 - IMPACT_PARAMETER ** 2;
    const lossAt = (share: number): number =>
      1 -
      quadraticTransitFlux(PLANET_RADIUS, Math.sqrt(IMPACT_PARAMETER ** 2 + across * share * share), u1, u2);
    const deepest = lossAt(0);
    for (let step = 0; step < TABLE_STEPS; step++) this.#table[step] = lossAt(step / TABLE_STEPS) / deepest;
  }

  /** Loss of flux in depths, at a time from mid-transit in durations (first to fourth contact); 0 outside. */
  lossAt(time: number): number {
    const step = 2 * Math.abs(time) * TABLE_STEPS;
    if (!(step < TABLE_STEPS)) return 0;
    const whole = step | 0;
    const before = this.#table[whole] ?? 0;
    return before + (step - whole) * ((this.#table[whole + 1] ?? 0) - before);
  }
}

/**
 * A function of the sample that is 0 outside of its window and straight between its bends. Over samples x its sum at a
 * window that begins at `start` is the sum of change[m] x R[start + place[m]], where R[n] is the sum over k > n
 * of (k - n) x[k]: a few products per window, however wide it is.
 */
export interface Bends {
  /** Samples from the beginning of the window; -1 is the one before it. */
  readonly place: Int32Array;
  /** Of the slope, per sample. */
  readonly change: Float64Array;
}

export interface Template {
  /** Samples in the window. */
  readonly width: number;
  /** The shape at the middle of each sample. */
  readonly loss: Float64Array;
  /** Sums over the window of the loss, and of its square. */
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The loss and its square by straight lines, to LINE_TOLERANCE. */
  readonly bends: Bends;
  readonly bendsOfSquare: Bends;
}

export function templateOf(shape: TransitShape, width: number): Template {
  const loss = new Float64Array(width);
  for (let sample = 0; sample < width; sample++) loss[sample] = shape.lossAt((sample + 0.5) / width - 0.5);
  const square = loss.map((each) => each * each);
  return {
    width,
    loss,
    sum: loss.reduce((total, each) => total + each, 0),
    sumOfSquares: square.reduce((total, each) => total + each, 0),
    bends: bendsOf(loss),
    bendsOfSquare: bendsOf(square),
  };
}

/** Lines as long as the tolerance lets them be, from one sample to another. */
function bendsOf(values: Float64Array): Bends {
  const last = values.length - 1;
  const knots = [-1, 0];
  for (let from = 0; from < last; ) {
    let to = from + 1;
    while (to < last && isStraight(values, from, to + 1)) to++;
    knots.push(to);
    from = to;
  }
  knots.push(last + 1);
  const valueAt = (knot: number): number => (knot < 0 || knot > last ? 0 : at(values, knot));
  const length = Math.ceil(knots.length / BENDS_AT_ONCE) * BENDS_AT_ONCE;
  const place = new Int32Array(length);
  place.set(knots);
  const change = new Float64Array(length);
  let slope = 0;
  for (const [index, knot] of knots.entries()) {
    const next = knots[index + 1];
    const after = next === undefined ? 0 : (valueAt(next) - valueAt(knot)) / (next - knot);
    change[index] = after - slope;
    slope = after;
  }
  return { place, change };
}

function isStraight(values: Float64Array, from: number, to: number): boolean {
  const slope = (at(values, to) - at(values, from)) / (to - from);
  for (let between = from + 1; between < to; between++) {
    const line = at(values, from) + slope * (between - from);
    if (Math.abs(at(values, between) - line) > LINE_TOLERANCE) return false;
  }
  return true;
}
