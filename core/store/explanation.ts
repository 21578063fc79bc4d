/**
 * Why a task stands where it stands, as data, and, when that lies with another task, the way from it to the one where
 * something can be done. Every fact is read from a row. core/words/why.ts says it in words.
 */
import type { AttemptState, ExitClass, JobState, TaskState } from '../model/states.ts';
import type { Pause } from './pauses.ts';
import type { TaskRef } from './task-views.ts';
import type { TimeLimit } from './time-limits.ts';

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
      /** Of `order`: the glob. */
      readonly address: string | null;
      readonly task: TaskRef;
    }
  | {
      readonly kind: 'wanted';
      readonly name: string;
      readonly address: string;
      /** Flow tasks below which a task that makes it may still be created. */
      readonly sources: readonly TaskRef[];
    };

/** An attempt that ended, and how. */
export interface Try {
  readonly attempt: number;
  readonly state: AttemptState;
  readonly exit_class: ExitClass | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  readonly host: string | null;
  readonly image: string | null;
  readonly ended_at: number | null;
}

/** A product that did not pass quality control. */
export interface Refusal {
  readonly output: string;
  readonly address: string;
  readonly why: string | null;
}

export interface WaitingReason {
  readonly kind: 'waiting';
  readonly unmet: number;
  readonly needs: readonly Need[];
  /** It is to be tried again, after the last attempt. */
  readonly retry: { readonly due_ms: number; readonly last: Try | null } | null;
  readonly schedulers: number;
}

export interface ReadyReason {
  readonly kind: 'ready';
  /** Null: to be expanded, or to be resolved, by a scheduler. */
  readonly worker_class: string | null;
  /** Whether it stands in the line, or (of a paused type) aside. */
  readonly in_line: boolean;
  readonly before: Bounded;
  readonly other_jobs: Bounded;
  readonly schedulers: number;
  readonly workers: number;
  /** Whether the registry at hand knows the type, and any type of that class. */
  readonly type: string;
  readonly type_known: boolean;
  readonly class_known: boolean;
  readonly pauses: readonly Pause[];
}

export interface QueuedReason {
  readonly kind: 'queued';
  readonly worker_class: string;
  readonly in_queue: boolean;
  readonly queued_ms: number;
  readonly limit: TimeLimit;
  readonly ahead: Bounded;
  readonly workers: number;
  readonly slots: number;
  readonly type: string;
  readonly type_known: boolean;
  readonly pauses: readonly Pause[];
}

/** Somebody wants it ended. */
export interface Cancellation {
  readonly reason: string;
  readonly requested_ms: number;
}

export interface RunningReason {
  readonly kind: 'running';
  readonly attempt: number;
  readonly worker_id: number | null;
  readonly host: string | null;
  readonly image: string | null;
  readonly pid: number | null;
  readonly started_at: number | null;
  readonly running_ms: number;
  readonly limit: TimeLimit;
  readonly lease_left_ms: number;
  readonly schedulers: number;
  readonly cancellation: Cancellation | null;
}

export interface ExpandedReason {
  readonly kind: 'expanded';
  readonly open_children: number;
  readonly bad_children: number;
  readonly created_children: number;
  /** It stands in line to create more. */
  readonly creating: boolean;
  readonly schedulers: number;
  /** The first few of each that were found without reading all children. */
  readonly open: readonly TaskRef[];
  readonly bad: readonly TaskRef[];
  readonly cancellation: Cancellation | null;
  readonly pauses: readonly Pause[];
}

export interface FailedReason {
  readonly kind: 'failed';
  readonly error: string | null;
  readonly attempts: number;
  /** The last attempts, newest first; none when it failed without one. */
  readonly tries: readonly Try[];
  readonly refused: readonly Refusal[];
  readonly cause: TaskRef | null;
}

export type Reason =
  | WaitingReason
  | ReadyReason
  | QueuedReason
  | RunningReason
  | ExpandedReason
  | FailedReason
  | {
      readonly kind: 'blocked' | 'cancelled';
      readonly error: string | null;
      readonly cause: TaskRef | null;
    }
  | { readonly kind: 'not_taken'; readonly error: string | null; readonly parent: TaskRef | null }
  | { readonly kind: 'done'; readonly attempts: number; readonly ended_at: number | null };

export interface Step {
  readonly task: TaskRef;
  readonly reason: Reason;
  /** So many tasks, each waiting for the next or ended by it, stand between the step before and this one. */
  readonly skipped: number;
}

/** How the way ends: at a task that stands for itself, at one that came up before, or only because it was cut. */
export type WayEnd = 'found' | 'circle' | 'cut';

export interface Explanation {
  readonly task: TaskRef;
  readonly job_state: JobState;
  /** The first is the task's own; each other explains the one before it. */
  readonly steps: readonly Step[];
  readonly end: WayEnd;
}

/** The task that a reason points to, when it is for another's sake that the task stands where it stands. */
export function pointsTo(reason: Reason): number | undefined {
  switch (reason.kind) {
    case 'waiting':
      return firstOf(reason.needs.flatMap((need) => (need.kind === 'wanted' ? need.sources : [need.task])));
    case 'expanded':
      return firstOf(reason.open);
    case 'failed':
    case 'blocked':
    case 'cancelled':
      return reason.cause?.id;
    default:
      return undefined;
  }
}

/** One that somebody should look at comes before one that will go on by itself. */
function firstOf(tasks: readonly TaskRef[]): number | undefined {
  return [...tasks].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0]?.id;
}

const ENDED_FIRST = ['failed', 'blocked', 'cancelled', 'not_taken'] as const;
const GOING = ['running', 'queued', 'ready', 'expanded', 'waiting', 'done'] as const;
const ORDER: readonly TaskState[] = [...ENDED_FIRST, ...GOING];
