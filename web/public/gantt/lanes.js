/**
 * Where everything stands from top to bottom: workers by class and host, and within a worker as many lanes as slots were ever
 * busy at once. Bars of a lane never overlap, so both their starts and their ends ascend, and what a window shows is found by halving.
 */
import { endOf } from './data.js';

/**
 * @typedef {import('./data.js').Activity} Activity
 * @typedef {import('./data.js').Bar} Bar
 * @typedef {import('./data.js').Gap} Gap
 * @typedef {import('./data.js').Worker} Worker
 *
 * @typedef {{ top: number, bars: Bar[], starts: Float64Array, ends: Float64Array }} Lane
 * @typedef {{ kind: 'group', label: string, top: number, height: number }} GroupRow
 * @typedef {{ kind: 'worker', worker: Worker, top: number, height: number, lanes: Lane[], gaps: Gap[] }} WorkerRow
 * @typedef {{ rows: (GroupRow | WorkerRow)[], height: number }} Rows
 */

export const LANE = 15;
export const BAR = 13;
const GROUP = 26;
const PADDING = 4;

/** @param {Activity} activity @returns {Rows} */
export function layOutRows({ workers, bars, gaps, now }) {
  const barsOf = Map.groupBy(bars, ({ worker_id }) => worker_id);
  const gapsOf = Map.groupBy(gaps, ({ worker_id }) => worker_id);
  const groups = Map.groupBy(workers.toSorted(compareWorkers), groupOf);
  /** @type {Rows['rows']} */
  const rows = [];
  let top = 0;
  for (const [label, members] of groups) {
    rows.push({ kind: 'group', label, top, height: GROUP });
    top += GROUP;
    for (const worker of members) {
      const lanes = packLanes(barsOf.get(worker.id) ?? [], now, top + PADDING);
      const height = Math.max(1, lanes.length) * LANE + 2 * PADDING;
      const own = (gapsOf.get(worker.id) ?? []).toSorted((a, b) => a.from - b.from);
      rows.push({ kind: 'worker', worker, top, height, lanes, gaps: own });
      top += height;
    }
  }
  return { rows, height: top };
}

/** @param {Worker} worker */
function groupOf({ worker_class, host }) {
  return `${worker_class} on ${host}`;
}

/** @param {Worker} a @param {Worker} b */
function compareWorkers(a, b) {
  return (
    a.worker_class.localeCompare(b.worker_class) ||
    a.host.localeCompare(b.host, 'en', { numeric: true }) ||
    a.started_at - b.started_at ||
    a.id - b.id
  );
}

/**
 * Each bar goes to the first lane that is free by then. Slots have no numbers; this draws no more lanes than were needed.
 * @param {Bar[]} bars @param {number} now @param {number} top @returns {Lane[]}
 */
function packLanes(bars, now, top) {
  /** @type {{ bars: Bar[], end: number }[]} */
  const open = [];
  for (const bar of bars.toSorted((a, b) => a.started_at - b.started_at)) {
    const end = endOf(bar, now);
    const free = open.find((lane) => lane.end <= bar.started_at);
    if (free === undefined) open.push({ bars: [bar], end });
    else {
      free.bars.push(bar);
      free.end = end;
    }
  }
  return open.map((lane, at) => ({
    top: top + at * LANE,
    bars: lane.bars,
    starts: Float64Array.from(lane.bars, ({ started_at }) => started_at),
    ends: Float64Array.from(lane.bars, (bar) => endOf(bar, now)),
  }));
}

/**
 * The first of ascending values that is greater.
 * @param {Float64Array} values @param {number} than
 */
export function firstAbove(values, than) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > than) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The row at a height. @param {Rows} rows @param {number} y
 */
export function rowAt({ rows }, y) {
  return rows.find(({ top, height }) => y >= top && y < top + height);
}
