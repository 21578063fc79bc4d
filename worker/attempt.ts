/** What the supervisor hands to a slot for one attempt, and what it gets back. Plain data: it crosses a process border. */
import type { ExitClass } from '../core/model/states.ts';
import type { TaskType } from '../core/model/task-type.ts';
import type { InputFile } from './task-module.ts';

export interface AttemptRequest {
  readonly attemptId: number;
  readonly taskId: number;
  readonly jobId: number;
  readonly type: TaskType;
  /** Directory that the registry entry's `module` is relative to. */
  readonly typeDirectory: string;
  /** JSON text (core/model/values.ts, ints and floats kept apart) of the evaluated settings and metadata. */
  readonly settings: string;
  readonly metadata: string;
  readonly requestedMetadata: string;
  readonly inputs: { readonly [name: string]: readonly InputFile[] };
  /** Names of the inputs that are lists or globs: programs get a list of paths for them, of whatever length. */
  readonly lists: readonly string[];
  /** Semantic name -> file name (no directory). */
  readonly outputs: { readonly [name: string]: string };
  /** Absolute path of an existing empty directory. Outputs are written to `<scratch>/outputs/<file name>`. */
  readonly scratch: string;
  readonly inputArea: string;
  readonly seed: number;
}

export interface AttemptOutcome {
  readonly succeeded: boolean;
  readonly exitClass: ExitClass | undefined;
  /** Message for a person, with traceback where there is one; undefined when the attempt succeeded. */
  readonly error: string | undefined;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** JSON text of a dict. */
  readonly metadata: string;
  readonly products: readonly ProductOutcome[];
  readonly usage: Usage;
}

/** One declared output that exists as a regular file in the scratch directory, or the reason why it does not pass. */
export interface ProductOutcome {
  readonly output: string;
  readonly fileName: string;
  /** Absolute path of the file in the scratch directory, synced to disk; undefined when there is none to keep. */
  readonly path: string | undefined;
  readonly size: number;
  readonly sha256: string;
  readonly passed: boolean;
  readonly reason: string | undefined;
}

export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}
