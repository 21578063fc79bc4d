/**
 * What the page of activity answers for `?format=json`: one window of time, the workers that were there, what they ran, and when and
 * why they ran nothing. Instants are milliseconds of the database's clock.
 *
 * @typedef {{
 *   id: number, host: string, pid: number, worker_class: string, slots: number,
 *   started_at: number, ended_at: number | null, state: string,
 * }} Worker
 *
 * @typedef {{
 *   attempt_id: number, task_id: number, job_id: number, type: string, number: number, state: string,
 *   exit_class: string | null, worker_id: number, started_at: number, ended_at: number | null,
 * }} Bar  One attempt
 *
 * @typedef {{ worker_id: number, from: number, until: number, cause: string, words: string }} Gap
 *
 * @typedef {{
 *   from: number, until: number, now: number, workers: Worker[], bars: Bar[], gaps: Gap[], cut: boolean,
 * }} Activity  `cut`: there were more bars than are shown
 */

/** What still runs goes on until the moment of the answer. @param {Bar} bar @param {number} now */
export function endOf({ ended_at, started_at }, now) {
  return Math.max(started_at, ended_at ?? now);
}

/** The custom property that colours a bar: that of the task's state, were it to stay so. @param {Bar} bar */
export function colourOf({ state, exit_class }) {
  if (state === 'succeeded') return 'state-done';
  if (state === 'lost' || exit_class === 'lost') return 'state-blocked';
  return `state-${state}`;
}

/** Whether it ended in a way that somebody may have to look at. @param {Bar} bar */
export function isBad({ state }) {
  return state === 'failed' || state === 'lost';
}

/**
 * @param {string} url
 * @returns {Promise<Activity>}
 */
export async function fetchActivity(url) {
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return await answer.json();
}
