/**
 * What a slot and its child process say to each other: JSON messages over the child's IPC channel.
 * The slot sends `run`, the child answers `started`, any number of `log`, `progress` and `command`, then `done`.
 * A child that ends before `started` has not touched the attempt, so the slot may give it to another child.
 */
import type { LogLine } from '../../core/model/log-lines.ts';
import type { ExitClass } from '../../core/model/states.ts';
import type { AttemptOutcome, AttemptRequest } from '../attempt.ts';

/** The child's end of the pipe whose closing tells that the supervisor died. */
export const LIFELINE_FD = 4;

/** Why a task failed, as known before quality control. */
export interface Failure {
  readonly exitClass: ExitClass;
  readonly error: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

export interface LogLimit {
  readonly lines: number;
  readonly bytes: number;
}

export interface RunMessage {
  readonly kind: 'run';
  readonly request: AttemptRequest;
  readonly logLimit: LogLimit;
  /** Set when the task already failed with its process: only quality control is left to do. */
  readonly failure?: Failure | undefined;
}

export type ToChild = RunMessage | { readonly kind: 'stop' };

export type FromChild =
  /** `cpuMs` is what the child had used before the attempt. */
  | { readonly kind: 'started'; readonly cpuMs: number | undefined }
  | { readonly kind: 'log'; readonly lines: readonly LogLine[] }
  | { readonly kind: 'progress'; readonly fraction: number }
  /** Leader of the process group of the command that runs now; 0 when it ended. */
  | { readonly kind: 'command'; readonly pid: number }
  | {
      readonly kind: 'done';
      readonly outcome: AttemptOutcome;
      readonly residentBytes: number;
      /** Stray code of the attempt may still run in the child: it must not be used again. */
      readonly poisoned: boolean;
    };
