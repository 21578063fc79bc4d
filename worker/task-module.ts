/**
 * What a task type written in TypeScript exports. A module runs in a warm child process of the worker,
 * one attempt at a time; it reads its inputs and writes its outputs at the paths that it is given, and nothing else.
 */
import type { LogLevel } from '../core/model/log-lines.ts';
import type { Plain } from '../core/model/values.ts';

export interface InputFile {
  /** Absolute path, to be read only. */
  readonly path: string;
  /** The file's own name, as in the job file. */
  readonly name: string;
  /** Metadata that travels with the product: synthesis settings, `mes`, ... */
  readonly metadata: Metadata;
}

export type Metadata = { [key: string]: Plain };

export interface TaskContext {
  readonly taskType: string;
  /** The settings of the task, expressions evaluated. */
  readonly settings: { readonly [key: string]: Plain };
  /** Inherited from the parents, loop variables among them. */
  readonly metadata: Metadata;
  readonly requestedMetadata: { readonly [task: string]: Metadata };
  /** Semantic name -> files, in order; one for a plain input, any number for a list or a glob. */
  readonly inputs: { readonly [name: string]: readonly InputFile[] };
  /** Semantic name -> absolute path to write to. */
  readonly outputs: { readonly [name: string]: string };
  /** An empty directory of the attempt's own, removed afterwards. */
  readonly scratch: string;
  /** Where files that people bring lie. Absolute. */
  readonly inputArea: string;
  /** Uniform in [0, 1), seeded with the attempt's recorded seed. */
  readonly random: () => number;
  readonly seed: number;
  readonly cpus: number;
  /** Aborted when the task is asked to stop. */
  readonly signal: AbortSignal;
  log(level: LogLevel, message: string): void;
  /** Share done, 0 to 1. */
  progress(fraction: number): void;
}

/** One verdict per declared output (semantic name); an output left out is judged by the default check alone. */
export type QualityControl = { [output: string]: { passed: boolean; reason?: string } };

export interface TaskModule {
  /** Returns the task's output metadata. Throws to fail, with a message for the scientist. */
  run(context: TaskContext): Promise<Metadata | undefined> | Metadata | undefined;
  /** Runs after `run`, also when it failed (then `metadata` is empty), on the outputs that exist. */
  qualityControl?(context: TaskContext, metadata: Metadata): Promise<QualityControl> | QualityControl;
}
