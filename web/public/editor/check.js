/**
 * Asks the server's validator about a text.
 *
 * @typedef {{ line: number, column: number, path: string, message: string, severity: string }} Problem  Lines and columns from 1
 * @typedef {{ problems: Problem[], plan_text: string | null }} Verdict
 */

/**
 * @param {{ text: string, file_name: string | undefined }} question @param {AbortSignal} signal
 * @returns {Promise<Verdict>}
 */
export async function checkText(question, signal) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content') ?? '';
  const answer = await fetch('/api/v1/submit', {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-csrf-token': token },
    body: JSON.stringify({ ...question, dry_run: true }),
  });
  if (!answer.ok && answer.status !== 422) throw new Error(`the server answered ${answer.status}`);
  const { problems, data } = await answer.json();
  if (problems !== undefined) return { problems: withSeverity(problems, 'error'), plan_text: null };
  return { problems: withSeverity(data.warnings, 'warning'), plan_text: data.plan_lines.join('\n') };
}

/** @param {Omit<Problem, 'severity'>[]} problems @param {string} severity @returns {Problem[]} */
function withSeverity(problems, severity) {
  return problems.map((problem) => ({ ...problem, severity }));
}
