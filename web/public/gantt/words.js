/** A bar or a gap in words: for the line below the chart and for screen readers. */
import { endOf } from './data.js';
import { durationOf, instantOf } from './time-axis.js';

/**
 * @typedef {import('./data.js').Bar} Bar
 * @typedef {import('./data.js').Gap} Gap
 */

/** @param {Bar} bar @param {number} now */
function wordsOfBar(bar, now) {
  const length = durationOf(endOf(bar, now) - bar.started_at);
  const outcome = bar.exit_class === null ? bar.state : `${bar.state} (${bar.exit_class})`;
  const time = bar.ended_at === null ? `running for ${length}` : `${outcome} after ${length}`;
  const tries = bar.number > 1 ? `, attempt ${bar.number}` : '';
  return `${bar.type}, task ${bar.task_id} of job ${bar.job_id}${tries}: ${time}, from ${instantOf(bar.started_at)} UTC, on worker ${bar.worker_id}`;
}

/** @param {Gap} gap */
function wordsOfGap({ worker_id, from, until, words }) {
  return `Worker ${worker_id} was idle for ${durationOf(until - from)} from ${instantOf(from)} UTC: ${words}`;
}

/** @param {Bar | Gap} item @param {number} now */
export function wordsOf(item, now) {
  return 'words' in item ? wordsOfGap(item) : wordsOfBar(item, now);
}

/** What the whole chart holds. @param {import('./data.js').Activity} activity */
export function summaryOf({ workers, bars, gaps, cut }) {
  const failed = bars.filter(({ state }) => state === 'failed' || state === 'lost').length;
  const parts = [
    `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`,
    `${bars.length.toLocaleString('en-US')} ${bars.length === 1 ? 'attempt' : 'attempts'}${cut ? ' shown, there are more: zoom in to see them all' : ''}`,
    ...(failed > 0 ? [`${failed.toLocaleString('en-US')} failed or lost`] : []),
    ...(gaps.length > 0 ? [`${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`] : []),
  ];
  return parts.join(' · ');
}
