/**
 * The window of time that is seen: pure arithmetic on an immutable view. A view is never narrower than a few milliseconds nor
 * wider than a year, and never begins after the end of the last answer.
 */

/** @typedef {{ readonly from: number, readonly until: number }} View */

const NARROWEST = 20;
const WIDEST = 366 * 24 * 3_600_000;

/** @param {View} view @param {number} factor above 1 shows more @param {number} around the instant that stays @returns {View} */
export function zoomed({ from, until }, factor, around) {
  const width = Math.min(WIDEST, Math.max(NARROWEST, (until - from) * factor));
  const share = (around - from) / (until - from);
  return { from: around - width * share, until: around + width * (1 - share) };
}

/** @param {View} view @param {number} ms @returns {View} */
export function panned({ from, until }, ms) {
  return { from: from + ms, until: until + ms };
}

/** Moved so that the instant is seen, with some room. @param {View} view @param {number} from @param {number} until @returns {View} */
export function showing(view, from, until) {
  const width = view.until - view.from;
  if (from < view.from || from > view.until) {
    const start = Math.min(from, until - width) - width * 0.1;
    return { from: start, until: start + width };
  }
  return view;
}

/** Whether the second lies within the first. @param {View} outer @param {View} inner */
export function holds(outer, inner) {
  return inner.from >= outer.from && inner.until <= outer.until;
}

/** With as much again on both sides, so that the next step finds it loaded. @param {View} view @returns {View} */
export function widened({ from, until }) {
  const width = until - from;
  return { from: Math.floor(from - width / 2), until: Math.ceil(until + width / 2) };
}
