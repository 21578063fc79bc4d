/** What a person can do, judged by where the way ends: that is where something can be done. */
import type {
  Explanation,
  FailedReason,
  QueuedReason,
  ReadyReason,
  RunningReason,
  Step,
  WaitingReason,
} from './explanation.ts';
import type { Pause } from './pauses.ts';
import type { TaskRef } from './task-views.ts';

const START_SCHEDULER =
  'Start a scheduler: `easel schedule-waiting` (or `easel standalone`, which brings workers too).';
/** What the rows say cannot be: somebody changed them by hand, or Easel has a defect. */
const BROKEN = 'This cannot be: `easel doctor` checks what else is wrong, and mends it.';

export function advise({ steps, end, job_state }: Omit<Explanation, 'advice'>): string {
  const last = steps.at(-1);
  if (last === undefined) return '';
  if (end === 'circle') return adviseCircle(last);
  if (end === 'cut') return `The way goes on: \`easel why ${last.task.id}\`.`;
  if (job_state !== 'running' && OPEN_KINDS.has(last.reason.kind)) return BROKEN;
  return adviseLast(last, steps.length === 1);
}

const OPEN_KINDS: ReadonlySet<string> = new Set(['waiting', 'ready', 'queued', 'running', 'expanded']);

function adviseLast({ task, reason }: Step, isOwn: boolean): string {
  switch (reason.kind) {
    case 'done':
      return isOwn ? 'Nothing: this is how it should be.' : BROKEN;
    case 'not_taken':
      return isOwn
        ? 'Nothing: this is how it should be.'
        : 'What it needs would be made by a branch that was not chosen: correct the job file, then submit it again.';
    case 'failed':
      return adviseFailed(task, reason);
    case 'blocked':
    case 'cancelled':
      return `When it is wanted after all: ${again(task)}.`;
    case 'running':
      return adviseRunning(task, reason);
    case 'queued':
      return adviseQueued(reason);
    case 'ready':
      return adviseReady(reason);
    case 'expanded':
      if (reason.open_children === 0) return BROKEN;
      if (reason.cancellation !== null) return 'Nothing: it ends when what still runs below it has ended.';
      if (reason.creating && reason.pauses.length > 0) return resume(reason.pauses);
      if (reason.creating && reason.schedulers === 0) return START_SCHEDULER;
      return `Nothing yet: see \`easel progress ${task.job_id}\` for what goes on in the job, \`easel tree ${task.job_id} ${task.id}\` for its children.`;
    case 'waiting':
      return adviseWaiting(reason);
  }
}

const again = ({ id }: TaskRef) => `\`easel retry ${id}\``;

function adviseFailed(task: TaskRef, { tries, refused }: FailedReason): string {
  const [last] = tries;
  const retry = `then ${again(task)}`;
  if (last === undefined)
    return `If a file is missing, bring it to the input area, ${retry}; if the job file is wrong, correct it and submit it again.`;
  const log = `\`easel logs ${task.id}\``;
  if (refused.length > 0)
    return `See ${log} for what quality control found; correct the task or what it reads, ${retry}.`;
  if (last.exit_class === 'lost')
    return `See ${log} --attempt N for what each attempt did last: a task that brings its workers down may need more memory than they have; ${retry}.`;
  if (last.exit_class === 'oom') return `Give it more memory, or less to do at once (${log}), ${retry}.`;
  if (last.exit_class === 'timeout')
    return `See ${log} for how far it came; give it more time (\`timeout\`) or less to do, ${retry}.`;
  return `See ${log}, correct what is wrong, ${retry}.`;
}

function adviseWaiting({ unmet, needs, retry, schedulers }: WaitingReason): string {
  if (unmet === 0 || (needs.length === 0 && retry === null)) return BROKEN;
  if (schedulers === 0) return START_SCHEDULER;
  return retry === null
    ? 'Nothing: when nothing left in the job can make the file, a scheduler looks for it outside the job; if it is not there either, the task fails.'
    : 'Nothing: it is tried again by itself; `easel errors` shows what went wrong.';
}

function adviseRunning(task: TaskRef, { lease_left_ms, schedulers, cancellation }: RunningReason): string {
  if (lease_left_ms < 0)
    return schedulers > 0
      ? 'Nothing: a scheduler has it tried again in a moment.'
      : 'Its worker has not been heard of, and no scheduler is alive to have it tried again: start `easel schedule-waiting`.';
  if (cancellation !== null)
    return 'Nothing: its worker asks it to stop, and kills it when it does not; then it is cancelled.';
  return `Nothing: it runs; \`easel logs ${task.id} --follow\` shows what it says.`;
}

function adviseQueued({ in_queue, workers, worker_class, type_known, type, pauses }: QueuedReason): string {
  if (!in_queue) return BROKEN;
  if (pauses.length > 0) return resume(pauses);
  if (!type_known) return missingType(type);
  return workers > 0
    ? 'Nothing: it runs when a worker has a free slot; more workers or slots make that sooner.'
    : `Start a worker of class "${worker_class}": \`easel work --class ${worker_class}\`.`;
}

function adviseReady(reason: ReadyReason): string {
  const { in_line, pauses, type_known, class_known, type, schedulers } = reason;
  if (pauses.length > 0) return resume(pauses);
  if (!in_line) return BROKEN;
  if (!type_known || !class_known) return missingType(type);
  return schedulers > 0
    ? `Nothing: a scheduler will come to it; \`easel queue\` shows how long the lines are.`
    : START_SCHEDULER;
}

const missingType = (type: string) =>
  `Bring the registry file that has the type "${type}" back (\`task_types\` in the settings), then restart schedulers and workers.`;

/** All of them must go. */
function resume(pauses: readonly Pause[]): string {
  const commands = pauses.map(
    ({ scope, name }) => `\`easel resume --${scope}${scope === 'all' ? '' : ` ${name}`}\``,
  );
  return `When it may go on: ${commands.join(' and ')}.`;
}

function adviseCircle({ reason }: Step): string {
  const schedulers = 'schedulers' in reason ? reason.schedulers : undefined;
  const ends =
    'Tasks wait for one another in a circle: when nothing else of the job can run, a scheduler ends one of them, which blocks the others.';
  return `${ends} Correct the job file${schedulers === 0 ? ' (no scheduler is alive)' : ''}.`;
}
