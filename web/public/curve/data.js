/**
 * A light curve as the page's chart reads it, and what is computed from it: samples apart by their flags, folded at a period, and means
 * over bins. Pure; the pictures of core/plot are made by the same rules.
 *
 * @typedef {{
 *   title?: string, time: number[], flux: (number | null)[], error?: (number | null)[], flag?: number[],
 *   labels?: { time?: string, flux?: string },
 * }} Curve  `flag` other than 0: not to be used
 *
 * @typedef {{ period: number, epoch: number }} Folding  Days
 *
 * @typedef {{ x: Float64Array, y: Float64Array }} Points
 * @typedef {Points & { order: Uint32Array, flagged: Points }} Columns  What is used, in the order of x, `order` says which sample of the
 *   curve each row is; what is flagged apart; without what has no flux
 */

/** @param {Curve} curve @param {Folding | undefined} folding @returns {Columns} */
export function columnsOf({ time, flux, flag }, folding) {
  const place = folding === undefined ? (/** @type {number} */ at) => at : phaseAt(folding);
  const places = Float64Array.from(time, place);
  const sorted = orderOf(places);
  const isFlagged = (/** @type {number} */ at) => (flag?.[at] ?? 0) !== 0;
  const hasFlux = (/** @type {number} */ at) => Number.isFinite(flux[at] ?? Number.NaN);
  const pick = (/** @type {Uint32Array} */ rows) => ({
    x: Float64Array.from(rows, (at) => places[at] ?? 0),
    y: Float64Array.from(rows, (at) => flux[at] ?? 0),
  });
  const order = sorted.filter((at) => !isFlagged(at) && hasFlux(at));
  return { ...pick(order), order, flagged: pick(sorted.filter((at) => isFlagged(at) && hasFlux(at))) };
}

/** Days from the middle of the nearest transit. @param {Folding} folding */
function phaseAt({ period, epoch }) {
  return (/** @type {number} */ time) => {
    const turns = (time - epoch) / period;
    return (turns - Math.floor(turns + 0.5)) * period;
  };
}

const ROWS = 2 ** 21;
const LEVELS = 2 ** 31;

/**
 * Rows in the order of their values. Rank and row are packed into one number each, since sorting plain numbers is ten times as fast as
 * comparing; values closer than a part in two milliards of the range may stay as they were.
 * @param {Float64Array} values
 */
function orderOf(values) {
  const isSorted = values.every((value, at) => at === 0 || (values[at - 1] ?? value) <= value);
  if (isSorted) return Uint32Array.from(values.keys());
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const scale = (LEVELS - 1) / (high - low || 1);
  const keys = values.map((value, row) => Math.floor((value - low) * scale) * ROWS + row).sort();
  return Uint32Array.from(keys, (key) => key % ROWS);
}

/**
 * Means over bins of equal width, one row per bin that holds a sample.
 * @param {Points} points @param {{ from: number, until: number, count: number }} bins
 * @returns {{ x: number[], mean: number[], error: number[] }}
 */
export function binned({ x, y }, { from, until, count }) {
  const [size, sum, squares] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const scale = count / (until - from);
  for (let row = 0; row < x.length; row++) {
    const value = y[row];
    const bin = Math.floor(((x[row] ?? Number.NaN) - from) * scale);
    if (value === undefined || !(bin >= 0 && bin < count)) continue;
    const before = size[bin] ?? 0;
    const shift = value - (before === 0 ? 0 : (sum[bin] ?? 0) / before);
    size[bin] = before + 1;
    sum[bin] = (sum[bin] ?? 0) + value;
    if (before > 0) squares[bin] = (squares[bin] ?? 0) + (shift * shift * before) / (before + 1);
  }
  /** @type {{ x: number[], mean: number[], error: number[] }} */
  const means = { x: [], mean: [], error: [] };
  size.forEach((samples, bin) => {
    if (samples === 0) return;
    means.x.push(from + (bin + 0.5) / scale);
    means.mean.push((sum[bin] ?? 0) / samples);
    means.error.push(samples < 2 ? 0 : Math.sqrt((squares[bin] ?? 0) / (samples - 1) / samples));
  });
  return means;
}

/** @param {Curve} curve */
export function summaryOf({ time, flux, flag }) {
  let [low, high, flagged, missing] = [Infinity, -Infinity, 0, 0];
  flux.forEach((value, at) => {
    if ((flag?.[at] ?? 0) !== 0) flagged++;
    else if (value === null) missing++;
    else [low, high] = [Math.min(low, value), Math.max(high, value)];
  });
  const days = (time.at(-1) ?? 0) - (time[0] ?? 0);
  return [
    `${time.length.toLocaleString('en-US')} samples over ${numberOf(days, 5)} d`,
    low <= high ? `flux ${numberOf(low, 7)} to ${numberOf(high, 7)}` : 'no sample can be used',
    ...(flagged > 0 ? [`${flagged.toLocaleString('en-US')} flagged, not used`] : []),
    ...(missing > 0 ? [`${missing.toLocaleString('en-US')} without flux`] : []),
  ].join(' · ');
}

/** @param {number} value @param {number} digits */
export function numberOf(value, digits) {
  return String(Number(value.toPrecision(digits)));
}
