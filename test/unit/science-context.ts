/** A task context for calling a type's `run` directly, with real files in a directory of the test's own. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLevel } from '../../core/model/log-lines.ts';
import type { InputFile, TaskContext } from '../../worker/task-module.ts';

export interface RecordedContext extends TaskContext {
  readonly logged: { level: LogLevel; message: string }[];
}

export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'easel-science-'));
}

export function makeContext(parts: Partial<TaskContext>): RecordedContext {
  const logged: { level: LogLevel; message: string }[] = [];
  return {
    taskType: 'test',
    settings: {},
    metadata: {},
    requestedMetadata: {},
    inputs: {},
    outputs: {},
    scratch: tmpdir(),
    inputArea: tmpdir(),
    random: seededRandom(1),
    seed: 1,
    cpus: 1,
    signal: new AbortController().signal,
    log: (level, message) => logged.push({ level, message }),
    progress: () => undefined,
    logged,
    ...parts,
  };
}

export function inputFile(path: string, metadata: InputFile['metadata'] = {}): InputFile {
  return { path, name: path.slice(path.lastIndexOf('/') + 1), metadata };
}

/** Uniform in [0, 1), by a linear congruence modulo 2^48 (the constants of drand48). */
export function seededRandom(seed: number): () => number {
  let state = (BigInt(seed) << 16n) | 0x330en;
  return () => {
    state = (state * 0x5deece66dn + 0xbn) & 0xffffffffffffn;
    return Number(state) / 2 ** 48;
  };
}
