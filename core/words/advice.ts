/** What a person can do, judged by where the way ends: that is where something can be done. */
import type {
  Explanation,
  FailedReason,
  QueuedReason,
  ReadyReason,
  RunningReason,
  Step,
  WaitingReason,
} from '../store/explanation.ts';
import type { Pause } from '../store/pauses.ts';
import type { TaskRef } from '../store/task-views.ts';
import { type CommandPart, code, command, join, type Line, line } from './line.ts';
import { resumeCommand } from './pauses.ts';

const SCHEDULE = command('schedule-waiting');
const START_SCHEDULER = line`Start a scheduler: ${SCHEDULE} (or ${command('standalone')}, which brings workers too).`;
const NOTHING_WRONG: Line = ['Nothing: this is how it should be.'];
/** What the rows say cannot be: somebody changed them by hand, or Easel has a defect. */
const BROKEN = line`This cannot be: ${command('doctor')} checks what else is wrong, and mends it.`;

export function advise({ steps, end, job_state }: Explanation): Line {
  const last = steps.at(-1);
  if (last === undefined) return [];
  if (end === 'circle') return adviseCircle(last);
  if (end === 'cut') return line`The way goes on: ${onTask('why', last.task)}.`;
  if (job_state !== 'running' && OPEN_KINDS.has(last.reason.kind)) return BROKEN;
  return adviseLast(last, steps.length === 1);
}

const OPEN_KINDS: ReadonlySet<string> = new Set(['waiting', 'ready', 'queued', 'running', 'expanded']);

function adviseLast({ task, reason }: Step, isOwn: boolean): Line {
  switch (reason.kind) {
    case 'done':
      return isOwn ? NOTHING_WRONG : BROKEN;
    case 'not_taken':
      return isOwn
        ? NOTHING_WRONG
        : [
            'What it needs would be made by a branch that was not chosen: correct the job file, then submit it again.',
          ];
    case 'failed':
      return adviseFailed(task, reason);
    case 'blocked':
    case 'cancelled':
      return line`When it is wanted after all: ${onTask('retry', task)}.`;
    case 'running':
      return adviseRunning(task, reason);
    case 'queued':
      return adviseQueued(reason);
    case 'ready':
      return adviseReady(reason);
    case 'expanded': {
      if (reason.open_children === 0) return BROKEN;
      if (reason.cancellation !== null) return ['Nothing: it ends when what still runs below it has ended.'];
      if (reason.creating && reason.pauses.length > 0) return resume(reason.pauses);
      if (reason.creating && reason.schedulers === 0) return START_SCHEDULER;
      const { id, job_id: job } = task;
      return line`Nothing yet: see ${command('progress', String(job), { job })} for what goes on in the job, ${command('tree', `${job} ${id}`, { task: id })} for its children.`;
    }
    case 'waiting':
      return adviseWaiting(reason);
  }
}

function onTask(name: string, { id }: TaskRef, rest = ''): CommandPart {
  return command(name, `${id}${rest}`, { task: id });
}

function adviseFailed(task: TaskRef, { tries, refused }: FailedReason): Line {
  const [last] = tries;
  const retry = line`then ${onTask('retry', task)}`;
  if (last === undefined)
    return line`If a file is missing, bring it to the input area, ${retry}; if the job file is wrong, correct it and submit it again.`;
  const log = onTask('logs', task);
  if (refused.length > 0)
    return line`See ${log} for what quality control found; correct the task or what it reads, ${retry}.`;
  if (last.exit_class === 'lost')
    return line`See ${log} --attempt N for what each attempt did last: a task that brings its workers down may need more memory than they have; ${retry}.`;
  if (last.exit_class === 'oom') return line`Give it more memory, or less to do at once (${log}), ${retry}.`;
  if (last.exit_class === 'timeout')
    return line`See ${log} for how far it came; give it more time (${code('timeout')}) or less to do, ${retry}.`;
  return line`See ${log}, correct what is wrong, ${retry}.`;
}

function adviseWaiting({ unmet, needs, retry, schedulers }: WaitingReason): Line {
  if (unmet === 0 || (needs.length === 0 && retry === null)) return BROKEN;
  if (schedulers === 0) return START_SCHEDULER;
  return retry === null
    ? [
        'Nothing: when nothing left in the job can make the file, a scheduler looks for it outside the job; if it is not there either, the task fails.',
      ]
    : line`Nothing: it is tried again by itself; ${command('errors')} shows what went wrong.`;
}

function adviseRunning(task: TaskRef, { lease_left_ms, schedulers, cancellation }: RunningReason): Line {
  if (lease_left_ms < 0)
    return schedulers > 0
      ? ['Nothing: a scheduler has it tried again in a moment.']
      : line`Its worker has not been heard of, and no scheduler is alive to have it tried again: start ${SCHEDULE}.`;
  if (cancellation !== null)
    return ['Nothing: its worker asks it to stop, and kills it when it does not; then it is cancelled.'];
  return line`Nothing: it runs; ${onTask('logs', task, ' --follow')} shows what it says.`;
}

function adviseQueued({ in_queue, workers, worker_class, type_known, type, pauses }: QueuedReason): Line {
  if (!in_queue) return BROKEN;
  if (pauses.length > 0) return resume(pauses);
  if (!type_known) return missingType(type);
  return workers > 0
    ? ['Nothing: it runs when a worker has a free slot; more workers or slots make that sooner.']
    : line`Start a worker of class "${worker_class}": ${command('work', `--class ${worker_class}`)}.`;
}

function adviseReady(reason: ReadyReason): Line {
  const { in_line, pauses, type_known, class_known, type, schedulers } = reason;
  if (pauses.length > 0) return resume(pauses);
  if (!in_line) return BROKEN;
  if (!type_known || !class_known) return missingType(type);
  return schedulers > 0
    ? line`Nothing: a scheduler will come to it; ${command('queue')} shows how long the lines are.`
    : START_SCHEDULER;
}

const missingType = (type: string) =>
  line`Bring the registry file that has the type "${type}" back (${code('task_types')} in the settings), then restart schedulers and workers.`;

/** All of them must go. */
function resume(pauses: readonly Pause[]): Line {
  const commands = pauses.map((pause) => [resumeCommand(pause)]);
  return line`When it may go on: ${join(commands, ' and ')}.`;
}

function adviseCircle({ reason }: Step): Line {
  const schedulers = 'schedulers' in reason ? reason.schedulers : undefined;
  const ends =
    'Tasks wait for one another in a circle: when nothing else of the job can run, a scheduler ends one of them, which blocks the others.';
  return [`${ends} Correct the job file${schedulers === 0 ? ' (no scheduler is alive)' : ''}.`];
}
