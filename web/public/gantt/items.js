/**
 * What can be pointed at and walked through: bars by lane, and the gaps of a worker with its first lane. Left and right go along a
 * lane, up and down to what stands nearest in time on the next.
 */
import { endOf } from './data.js';
import { BAR, firstAbove, LANE, rowAt } from './lanes.js';

/**
 * @typedef {import('./data.js').Bar} Bar
 * @typedef {import('./data.js').Gap} Gap
 * @typedef {import('./lanes.js').Rows} Rows
 * @typedef {{ item: Bar | Gap, from: number, until: number, top: number }} Item
 * @typedef {Item[][]} Walk  Lanes from top to bottom, each from left to right
 */

/** @param {Rows} rows @param {number} now @returns {Walk} */
export function walkOf({ rows }, now) {
  return rows.flatMap((row) => {
    if (row.kind === 'group') return [];
    const lanes = row.lanes.length === 0 ? [{ bars: [], top: row.top + 4 }] : row.lanes;
    return lanes.map(({ bars, top }, at) => {
      /** @type {Item[]} */
      const items = bars.map((bar) => ({ item: bar, from: bar.started_at, until: endOf(bar, now), top }));
      if (at > 0 || row.gaps.length === 0) return items;
      const gaps = row.gaps.map((gap) => ({ item: gap, from: gap.from, until: gap.until, top }));
      return [...items, ...gaps].sort((a, b) => a.from - b.from);
    });
  });
}

/**
 * @param {Walk} walk @param {Bar | Gap | undefined} current @param {string} key @param {number} from where to begin
 * @returns {Item | undefined}
 */
export function step(walk, current, key, from) {
  const lane = walk.findIndex((items) => items.some(({ item }) => item === current));
  if (lane < 0) return firstFrom(walk, from);
  const items = walk[lane] ?? [];
  const at = items.findIndex(({ item }) => item === current);
  if (key === 'ArrowRight') return items[at + 1];
  if (key === 'ArrowLeft') return items[at - 1];
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  const others = key === 'ArrowDown' ? walk.slice(lane + 1) : walk.slice(0, lane).reverse();
  return nearest(others.find(({ length }) => length > 0) ?? [], items[at]);
}

/** @param {Walk} walk @param {number} from */
function firstFrom(walk, from) {
  for (const items of walk) {
    const found = items.find(({ until }) => until >= from);
    if (found !== undefined) return found;
  }
  return walk.find(({ length }) => length > 0)?.[0];
}

/** @param {Item[]} items @param {Item | undefined} to */
function nearest(items, to) {
  if (to === undefined) return items[0];
  const middle = (to.from + to.until) / 2;
  const away = (/** @type {Item} */ { from, until }) => Math.max(from - middle, middle - until, 0);
  return items.reduce((/** @type {Item | undefined} */ best, each) => {
    return best === undefined || away(each) < away(best) ? each : best;
  }, undefined);
}

/**
 * What stands at an instant and a height of the rows; within two pixels, since a bar may be as narrow as one.
 * @param {Rows} rows @param {number} at @param {number} y @param {number} msPerPixel
 * @returns {Bar | Gap | undefined}
 */
export function itemAt(rows, at, y, msPerPixel) {
  const row = rowAt(rows, y);
  if (row === undefined || row.kind === 'group') return undefined;
  const lane = row.lanes.find(({ top }) => y >= top - 1 && y < top + Math.max(BAR, LANE - 1));
  if (lane !== undefined) {
    const found = firstAbove(lane.ends, at - 2 * msPerPixel);
    if ((lane.starts[found] ?? Infinity) <= at + 2 * msPerPixel) return lane.bars[found];
  }
  return row.gaps.find(({ from, until }) => at >= from && at <= until);
}
