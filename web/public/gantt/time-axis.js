/** Round instants in UTC for an axis of time, from milliseconds to months, and how they are written. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** So that it is whole days. */
const YEAR = 364 * DAY;

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 56, 112, 364].map((count) => count * DAY),
  ...[2, 5, 10, 20, 50, 100].map((count) => count * YEAR),
];

/** @typedef {{ at: number, label: string, isDay: boolean }} TimeTick  `isDay`: the label names a day */

/**
 * @param {{ from: number, until: number }} view
 * @param {number} most how many there is room for
 * @returns {TimeTick[]}
 */
export function timeTicks({ from, until }, most) {
  const step = STEPS.find((each) => (until - from) / each <= most) ?? 100 * YEAR;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= until; at += step) {
    const isDay = at % DAY === 0;
    ticks.push({ at, label: labelOf(at, step), isDay });
  }
  return ticks;
}

/** @param {number} at @param {number} step */
function labelOf(at, step) {
  if (at % DAY !== 0) return clockOf(at, step);
  return step < 56 * DAY ? dayOf(at) : new Date(at).toISOString().slice(0, 7);
}

/** @param {number} at @param {number} step */
function clockOf(at, step) {
  const text = new Date(at).toISOString();
  if (step >= MINUTE) return text.slice(11, 16);
  return step >= SECOND ? text.slice(11, 19) : text.slice(14, 23);
}

/** @param {number} at */
function dayOf(at) {
  return new Date(at).toLocaleDateString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
}

/** `2026-11-22 06:17:02`, with the fraction where it is asked for. @param {number} at */
export function instantOf(at, digits = 0) {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, digits === 0 ? 19 : 20 + digits)}`;
}

/** `840 ms`, `12.3 s`, `4 min 5 s`, `3 h 20 min`, `2 d 4 h`. @param {number} ms */
export function durationOf(ms) {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 2 : 1)} s`;
  if (ms < HOUR) return pair(ms, [MINUTE, 'min'], [SECOND, 's']);
  return ms < DAY ? pair(ms, [HOUR, 'h'], [MINUTE, 'min']) : pair(ms, [DAY, 'd'], [HOUR, 'h']);
}

/** @param {number} ms @param {[number, string]} large @param {[number, string]} small */
function pair(ms, [large, largeName], [small, smallName]) {
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % large) / small);
  const first = `${Math.floor(rounded / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}
