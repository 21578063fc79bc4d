/** Times since something happened are counted on, and instants say the local time. */

/** How far the browser's clock is behind the server's, from the last answer. */
let aheadMs = 0;

/** @param {number} serverNow epoch milliseconds */
function setClock(serverNow) {
  aheadMs = serverNow - Date.now();
}

export function keepTimes() {
  const served = Date.parse(document.querySelector('meta[name=now]')?.getAttribute('content') ?? '');
  if (!Number.isNaN(served)) setClock(served);
  sayLocalTimes(document);
  setInterval(() => countOn(document), 1_000);
}

/** @param {ParentNode} within */
export function sayLocalTimes(within) {
  for (const time of within.querySelectorAll('time:not([title])')) {
    const at = new Date(time.getAttribute('datetime') ?? '');
    time.setAttribute('title', `UTC; here ${at.toLocaleString()}`);
  }
}

/** @param {ParentNode} within */
function countOn(within) {
  for (const time of within.querySelectorAll('time.ago, time.since')) {
    const ms = Date.now() + aheadMs - Date.parse(time.getAttribute('datetime') ?? '');
    const text = words(ms) + (time.classList.contains('ago') ? ' ago' : '');
    if (time.textContent !== text) time.textContent = text;
  }
}

/**
 * As the server words durations.
 * @param {number} ms
 */
function words(ms) {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}
