/**
 * What keeps the task right: each rule is a guard, a lock, or two writes that are one transaction. The tests take them
 * away, one or several at a time, and see what breaks.
 */
export const RULES = {
  /** Of two schedulers, the second passes over a row of the line that the first has locked. */
  dispatchLocksLine: true,
  /** A task is dispatched only while it is ready (`queueTasks`). */
  dispatchChecksReady: true,
  /** Leaving the line, the attempt and the queue entry are one transaction. */
  dispatchIsOne: true,
  /** The unique key `attempts_open`. */
  oneOpenAttempt: true,
  /** A claim passes over the entries that another claim has locked. */
  claimLocksEntry: true,
  /** `claimAttempts`: only what is still queued. */
  claimChecksQueued: true,
  /** Deleting the entry and taking the attempt are one transaction: nothing is acknowledged before it is claimed. */
  claimIsOne: true,
  /** Workers also look at the table, not only at hints. */
  workersLookAtTable: true,
  /** `endHeldAttempts`: the attempt that was claimed, not whichever the task has now. */
  endChecksAttempt: true,
  /** `endHeldAttempts`: the worker that claimed it. */
  endChecksWorker: true,
  /** `endHeldAttempts`: only what is still running. */
  endChecksRunning: true,
  /** The outcome of the attempt and that of the task are one transaction. */
  commitIsOne: true,
  /** The reaper locks the attempts that it finds. */
  reapLocks: true,
  /** `endAttempts` by the reaper: only what is still running. */
  reapChecksRunning: true,
  /** What was lost stands in line again. */
  reapPutsInLine: true,
  /** A task that was lost too often is parked. */
  reapParks: true,
  /** A retry has its row in `timers`. */
  retryHasTimer: true,
  /** Whoever releases a retry removes its timer, and does so only once. */
  retryChecksWaiting: true,
  /** A worker gives an attempt back only when its process is gone. */
  returnWaitsForProcess: true,
  /** Cancelled is said when the process is gone. */
  cancelWaitsForProcess: true,
  /** Emptying the queue takes attempts that are still queued, their entries locked. */
  emptyChecksQueued: true,
  /** Only what ended badly is given another chance. */
  reopenChecksEnded: true,
};
export type Rules = Readonly<typeof RULES>;

export interface Bounds {
  readonly maxLost: number;
  readonly retries: number;
  /** Attempts in hand per worker, and messages in the broker. */
  readonly held: number;
  readonly hints: number;
  /** Whether people cancel, empty the queue, reschedule, and stop workers so that they give back. */
  readonly people: boolean;
}

/** A guarded move that finds what it must not find throws, and the transaction is undone: a defect. */
export class Breach extends Error {}
