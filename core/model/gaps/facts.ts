/** What is known of a time in which workers ran, and what is told of the gaps in it. Instants are the database's. */

export interface Span {
  readonly from: number;
  /** Without this instant. */
  readonly until: number;
}

export interface WorkerFact {
  readonly id: number;
  readonly host: string;
  readonly pid: number;
  readonly worker_class: string;
  readonly slots: number;
  readonly started_at: number;
  /** When it stopped, or was last heard of; null while it lives. */
  readonly gone_at: number | null;
  readonly end: 'alive' | 'stopped' | 'silent';
}

/** Of an attempt that a worker held. */
export interface RunFact {
  readonly worker_id: number;
  readonly started_at: number;
  readonly ended_at: number | null;
}

export interface SampleFact {
  readonly worker_class: string;
  readonly at: number;
  readonly queued: number;
  readonly in_line: number;
  readonly set_aside: number;
  readonly workers: number;
}

export interface OutageFact extends Span {
  readonly what: 'database' | 'output_area';
  readonly host: string | null;
  readonly pid: number | null;
  readonly role: 'scheduler' | 'worker' | null;
}

export interface PauseFact {
  readonly scope: 'all' | 'job' | 'type';
  readonly from: number;
  readonly until: number | null;
}

export interface GapFacts {
  readonly workers: readonly WorkerFact[];
  readonly runs: readonly RunFact[];
  /** Each holds until the next of its class; the first of a class may be older than the time asked for. */
  readonly samples: readonly SampleFact[];
  readonly outages: readonly OutageFact[];
  readonly pauses: readonly PauseFact[];
  /** When schedulers were there. */
  readonly schedulers: readonly Span[];
}

export type GapKind =
  | 'not_started' // the worker
  | 'stopped'
  | 'silent' // it was not heard of any more
  | 'database_away'
  | 'output_area_away'
  | 'paused' // what would have run
  | 'no_scheduler'
  | 'waiting' // tasks were in line for its class
  | 'other_class' // tasks were in line only for classes that no worker offered
  | 'no_work'
  | 'unknown'; // nobody has looked at the queue

export interface Cause {
  readonly kind: GapKind;
  /** Tasks that stood in line (`waiting`) or were held back (`paused`), the most that were seen. */
  readonly tasks: number;
  /** Of `other_class`: what was waited for. */
  readonly classes: readonly { readonly worker_class: string; readonly tasks: number }[];
}

export interface Gap extends Span, Cause {
  readonly worker_id: number;
  /** It ran nothing; otherwise it ran something, and some slots were free all the while. */
  readonly is_idle: boolean;
  readonly free_slots: number;
}
