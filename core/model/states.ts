/**
 * The states of jobs, tasks and attempts, and which moves are legal. State is one column, never flags;
 * every move is one named function in core/store, guarded by the state it moves from.
 */

export const TASK_STATES = [
  'waiting', // for products, for metadata, or (flow tasks) for its turn
  'ready', // nothing is missing: a work task is to be dispatched, a flow task to be expanded
  'queued', // an attempt waits for a worker
  'running',
  'expanded', // a flow task whose children run
  'done',
  'failed',
  'blocked', // something it needs failed, so it can never run
  'cancelled',
  'not_taken', // the branch of a conditional that was not chosen
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const ATTEMPT_STATES = ['queued', 'running', 'succeeded', 'failed', 'lost', 'cancelled'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export const JOB_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const EXIT_CLASSES = [
  'error', // the task's code threw, or its description could not be evaluated
  'exit', // the program ended with a status other than 0
  'signal', // the program was ended by a signal
  'oom', // killed for memory
  'timeout',
  'qc', // quality control did not pass
  'lost', // the worker's lease ran out
  'cancelled',
] as const;
export type ExitClass = (typeof EXIT_CLASSES)[number];

/** States a task does not leave by itself. */
export const ENDED: readonly TaskState[] = ['done', 'failed', 'blocked', 'cancelled', 'not_taken'];

/** Ended, and nothing that needs the task can run. */
export const UNUSABLE: readonly TaskState[] = ['failed', 'blocked', 'cancelled', 'not_taken'];

export const TASK_MOVES: Record<TaskState, readonly TaskState[]> = {
  waiting: ['ready', 'blocked', 'failed', 'cancelled'],
  ready: ['queued', 'waiting', 'expanded', 'done', 'failed', 'blocked', 'cancelled'],
  queued: ['running', 'ready', 'waiting', 'failed', 'cancelled'],
  running: ['done', 'failed', 'ready', 'waiting', 'cancelled'],
  expanded: ['ready', 'done', 'failed', 'cancelled'],
  done: ['waiting', 'ready', 'expanded'],
  failed: ['waiting', 'ready', 'expanded'],
  blocked: ['waiting', 'ready', 'expanded'],
  cancelled: ['waiting', 'ready', 'expanded'],
  not_taken: [],
};

/** How workers learn of what waits for them. */
export const QUEUE_KINDS = ['sql', 'amqp'] as const;
export type QueueKind = (typeof QUEUE_KINDS)[number];
