/** Tells those who listen how much has come: only counts, and at most every ten seconds. */

const QUIET_MS = 10_000;

/** @param {(words: string) => void} say */
export function makeReporter(say) {
  let [count, bad] = [0, 0];
  let isDue = false;
  const report = () => {
    isDue = false;
    say(`${count} new ${count === 1 ? 'line' : 'lines'}${bad > 0 ? `, ${bad} of them errors` : ''}`);
    [count, bad] = [0, 0];
  };
  return (/** @type {readonly import('./lines.js').Line[]} */ batch) => {
    count += batch.length;
    bad += batch.filter(({ level }) => level === 'error').length;
    if (count === 0 || isDue) return;
    isDue = true;
    setTimeout(report, QUIET_MS);
  };
}
