/**
 * The heart of QATS (Carter & Agol 2013, ApJ 765, 132; after Kel'manov & Jeon 2004): of all trains of transits whose
 * successive starts are between `min` and `max` cells apart, the one with the most light missing, for every number of
 * transits at once. A train fills the curve: before its first transit, and after its last, there is no room for another whole one.
 *
 * Row m of the programme holds, for each start n of transit m, the best sum of the first m boxes. Kept from (m - 1) min
 * on, it is the row before, each value replaced by the maximum over its window of max - min + 1 values, plus the boxes. That
 * maximum is taken in log2(window) passes over the row, without a branch that depends on the data: on noise a
 * processor guesses every other comparison wrongly, which is what a monotonic queue or a naive maximum spends its time on.
 */
import { at } from '../../core/light-curve/samples.ts';

/** Cells from the start of one transit to the start of the next. */
export interface IntervalWindow {
  readonly min: number;
  readonly max: number;
}

export interface TrainScore {
  /** Sum of the boxes over the square root of their number; -Infinity where no train has enough transits. */
  readonly score: number;
  readonly count: number;
}

const NO_TRAIN: TrainScore = { score: Number.NEGATIVE_INFINITY, count: 0 };

/**
 * The best train of at least `minCount` transits. `boxes[n]`: the light missing in a transit that starts at cell n.
 * `row` is working space as long as `boxes`.
 */
export function scoreTrains(
  boxes: Float64Array,
  window: IntervalWindow,
  minCount: number,
  row: Float64Array,
): TrainScore {
  let best = NO_TRAIN;
  let length = firstRow(boxes, window, row);
  for (let count = 1, first = 0; first < boxes.length; ) {
    const end = count < minCount ? -1 : bestEnd(boxes, window, first, length, row);
    const score = end < 0 ? Number.NEGATIVE_INFINITY : at(row, end) / Math.sqrt(count);
    if (score > best.score) best = { score, count };
    count++;
    first += window.min;
    length = nextRow(boxes, window, first, length, row);
  }
  return best;
}

/** The starts of the best train of `count` transits, ascending: back from its end, row by row. */
export function traceTrain(boxes: Float64Array, window: IntervalWindow, count: number): Int32Array {
  const working = new Float64Array(boxes.length);
  let length = firstRow(boxes, window, working);
  const rows = [working.slice(0, length)];
  for (let first = window.min; rows.length < count; first += window.min) {
    length = nextRow(boxes, window, first, length, working);
    rows.push(working.slice(0, length));
  }
  const starts = new Int32Array(count);
  let index = bestEnd(boxes, window, (count - 1) * window.min, length, working);
  for (let transit = count - 1; transit >= 0; transit--) {
    starts[transit] = index + transit * window.min;
    const before = rows[transit - 1];
    if (before !== undefined) index = bestIn(before, Math.max(0, index - (window.max - window.min)), index);
  }
  return starts;
}

/** How many values `traceTrain` keeps at most, for so many boxes. */
export function countTraced(cells: number, { min, max }: IntervalWindow): number {
  let sum = 0;
  for (let first = 0, length = max; first < cells; first += min, length += max - min) {
    sum += Math.min(length, cells - first);
  }
  return sum;
}

/** The first transit starts within the first `max` cells: else there was room for one before it. */
function firstRow(boxes: Float64Array, { max }: IntervalWindow, row: Float64Array): number {
  const length = Math.min(max, boxes.length);
  row.set(boxes.subarray(0, length));
  return length;
}

/** Turns the row before, of `length` values, into the row whose first start is `first`; returns its length. */
function nextRow(
  boxes: Float64Array,
  { min, max }: IntervalWindow,
  first: number,
  length: number,
  row: Float64Array,
): number {
  const reach = max - min;
  const wanted = Math.max(0, Math.min(length + reach, boxes.length - first));
  if (wanted > length) row.fill(at(row, length - 1), length, wanted); // it is in every window that reaches here
  let covered = 0;
  for (let shift = 1; covered + shift < reach; shift = covered + 1) {
    takeMaximum(row, wanted, shift);
    covered += shift;
  }
  addMaximum(row, wanted, reach - covered, boxes, first);
  return wanted;
}

/** Each value becomes the greater one of itself and that `shift` before: from the end, where that is still the old one. */
function takeMaximum(row: Float64Array, length: number, shift: number): void {
  for (let index = length - 1; index >= shift; index--) {
    const before = row[index - shift] ?? 0;
    const more = (row[index] ?? 0) - before;
    row[index] = before + 0.5 * (more + Math.abs(more)); // without a branch
  }
}

/** The same, and the box of each start added. */
function addMaximum(
  row: Float64Array,
  length: number,
  shift: number,
  boxes: Float64Array,
  first: number,
): void {
  for (let index = length - 1; index >= shift; index--) {
    const before = row[index - shift] ?? 0;
    const more = (row[index] ?? 0) - before;
    row[index] = before + 0.5 * (more + Math.abs(more)) + (boxes[first + index] ?? 0);
  }
  for (let index = Math.min(shift, length) - 1; index >= 0; index--) {
    row[index] = (row[index] ?? 0) + (boxes[first + index] ?? 0);
  }
}

/** Where a row is greatest, among the starts after which no whole transit has room; -1 where there is none. */
function bestEnd(
  boxes: Float64Array,
  { max }: IntervalWindow,
  first: number,
  length: number,
  row: Float64Array,
): number {
  const from = Math.max(0, boxes.length - max - first);
  return from < length ? bestIn(row, from, length - 1) : -1;
}

/** The first index of the greatest value between two indices, both included; the last index may be past the end. */
function bestIn(values: Float64Array, from: number, to: number): number {
  let best = from;
  for (let index = from + 1; index <= to && index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}
