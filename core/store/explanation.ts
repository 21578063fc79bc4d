/**
 * What `easel why` has to say about a task, as data: why it stands where it stands, and, when that lies with another
 * task, the way from it to the one where something can be done.
 */
import type { ExitClass, TaskState } from '../model/states.ts';
import type { TaskRef } from './task-views.ts';

/** A count that was not taken further: `over` means that there are more. */
export interface Bounded {
  readonly count: number;
  readonly over: boolean;
}

/** Something that a task waits for. */
export type Need =
  | {
      readonly kind: 'product' | 'metadata' | 'order';
      readonly name: string;
      readonly address: string | null;
      readonly task: TaskRef;
    }
  | {
      readonly kind: 'wanted';
      readonly name: string;
      readonly address: string;
      /** Flow tasks that may still create a task which makes it. */
      readonly sources: readonly TaskRef[];
    };

export interface Failure {
  readonly attempt: number;
  readonly exit_class: ExitClass | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
}

export type Reason =
  | { readonly kind: 'waiting'; readonly unmet: number; readonly needs: readonly Need[] }
  | {
      readonly kind: 'ready';
      /** Null: to be expanded by a scheduler. */
      readonly worker_class: string | null;
      readonly before: Bounded;
      readonly other_jobs: Bounded;
      readonly schedulers: number;
      readonly workers: number;
    }
  | {
      readonly kind: 'queued';
      readonly worker_class: string;
      readonly queued_ms: number;
      readonly ahead: Bounded;
      readonly workers: number;
      readonly slots: number;
    }
  | {
      readonly kind: 'running';
      readonly attempt: number;
      readonly host: string | null;
      readonly pid: number | null;
      readonly started_at: number | null;
      readonly running_ms: number;
      readonly lease_left_ms: number;
      readonly schedulers: number;
    }
  | {
      readonly kind: 'expanded';
      readonly open_children: number;
      readonly bad_children: number;
      /** The first few of each. */
      readonly open: readonly TaskRef[];
      readonly bad: readonly TaskRef[];
    }
  | {
      readonly kind: 'failed';
      readonly error: string | null;
      readonly attempts: number;
      /** The attempt that failed; null when it failed without one. */
      readonly last: Failure | null;
      readonly cause: TaskRef | null;
    }
  | { readonly kind: 'blocked' | 'cancelled'; readonly error: string | null; readonly cause: TaskRef | null }
  | { readonly kind: 'not_taken'; readonly error: string | null; readonly parent: TaskRef | null }
  | { readonly kind: 'done'; readonly attempts: number; readonly ended_at: number | null };

export interface Step {
  readonly task: TaskRef;
  readonly reason: Reason;
}

export interface Explanation {
  readonly task: TaskRef;
  readonly job_state: string;
  /** The first is the task's own; each other explains the one before it. */
  readonly steps: readonly Step[];
  readonly advice: string;
}

/** The task that a reason points to, when it is for another's sake that the task stands where it stands. */
export function pointsTo(reason: Reason): number | undefined {
  if (reason.kind === 'waiting') return firstOf(reason.needs);
  if (reason.kind === 'expanded') return (reason.open[0] ?? reason.bad[0])?.id;
  if (reason.kind === 'failed' || reason.kind === 'blocked') return reason.cause?.id;
  return undefined;
}

/** One that somebody should look at comes before one that will go on by itself. */
function firstOf(needs: readonly Need[]): number | undefined {
  const tasks = needs.flatMap((need) => (need.kind === 'wanted' ? need.sources : [need.task]));
  return tasks.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0]?.id;
}

const ORDER: readonly TaskState[] = [
  ...([
    'failed',
    'blocked',
    'cancelled',
    'not_taken',
    'running',
    'queued',
    'ready',
    'expanded',
    'waiting',
    'done',
  ] as const),
];

/** What to do, judged by the last step: that is where something can be done. */
export function advise(steps: readonly Step[]): string {
  const last = steps.at(-1);
  if (last === undefined) return '';
  const { task, reason } = last;
  const again = `\`easel reschedule-unfinished ${task.job_id}\``;
  switch (reason.kind) {
    case 'done':
    case 'not_taken':
      return 'Nothing: this is how it should be.';
    case 'failed':
      return reason.last === null
        ? 'Correct the job file (or bring the missing file) and submit it again.'
        : `See \`easel logs ${task.id}\`, correct what is wrong, then ${again}.`;
    case 'blocked':
    case 'cancelled':
      return `When it is wanted after all: ${again}.`;
    case 'running':
      if (reason.lease_left_ms >= 0 || reason.schedulers > 0)
        return `Nothing: it runs; \`easel logs ${task.id} --follow\` shows what it says.`;
      return 'Its worker has not been heard of, and no scheduler is alive to try it again: start `easel schedule-waiting`.';
    case 'queued':
      return reason.workers > 0
        ? 'Nothing: it runs when a worker has a free slot; more workers or slots make that sooner.'
        : `Start a worker of class "${reason.worker_class}": \`easel work --class ${reason.worker_class}\`.`;
    case 'ready':
      return reason.schedulers > 0
        ? 'Nothing: a scheduler will come to it.'
        : 'Start a scheduler: `easel schedule-waiting` (or `easel standalone`, which brings workers too).';
    case 'expanded':
    case 'waiting':
      return 'Nothing yet: the tasks named above have not ended. Look again in a moment.';
  }
}
