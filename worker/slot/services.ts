/**
 * What the two ways of running a task, module and command, have in common inside the child process:
 * the places of one attempt, what they may use, and how errors are told.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { EaselError } from '../../core/model/errors.ts';
import type { LogLine } from '../../core/model/log-lines.ts';
import type { CommandRegister } from './command-register.ts';
import type { Environment } from './environment.ts';
import { outputDirectory } from './outputs.ts';
import type { Failure } from './protocol.ts';

const MAX_ERROR_LENGTH = 16_384;

export interface Services {
  log(line: LogLine): void;
  /** Resolves when the log has room for more. */
  room(): Promise<void>;
  progress(fraction: number): void;
  readonly register: CommandRegister;
  readonly environment: Environment;
  /** Aborted when the attempt is asked to stop. */
  readonly stop: AbortSignal;
}

export interface Places {
  /** Where the task runs: empty when it starts. */
  readonly work: string;
  readonly temporary: string;
  readonly task: string;
  readonly metadata: string;
}

export function placesOf(scratch: string): Places {
  return {
    work: join(scratch, 'work'),
    temporary: join(scratch, 'tmp'),
    task: join(scratch, 'task.json'),
    metadata: join(scratch, 'metadata.json'),
  };
}

export function makePlaces(scratch: string): Places {
  const places = placesOf(scratch);
  for (const each of [places.work, places.temporary, outputDirectory(scratch)]) {
    mkdirSync(each, { recursive: true });
  }
  return places;
}

/** Errors meant for people are shown by their message alone, all others with their stack and causes. */
export function toFailure(error: unknown): Failure {
  const text = error instanceof EaselError ? error.message : inspect(error);
  const isThrownValue = !(error instanceof Error);
  return { exitClass: 'error', error: clip(isThrownValue ? `the task threw ${text}` : text) };
}

function clip(text: string): string {
  return text.length <= MAX_ERROR_LENGTH ? text : `${text.slice(0, MAX_ERROR_LENGTH)}...`;
}
