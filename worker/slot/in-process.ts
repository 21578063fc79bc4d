/**
 * The built-in types `null` and `error`, carried out by the supervisor itself: they need no child process, and a
 * million empty tasks must cost next to nothing. Every end is an outcome, as with a slot, but for outputs that the
 * output area refuses: writing them is Easel's own part, so that is thrown.
 */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { EaselError } from '../../core/model/errors.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { type Dict, dict, isDict, parseJson, toPlain, type Value } from '../../core/model/values.ts';
import type { AttemptOutcome, AttemptRequest, ProductOutcome } from '../attempt.ts';
import { checkMetadata } from './metadata.ts';
import { refuseOutputs, STOPPED } from './outputs.ts';
import type { Failure } from './protocol.ts';
import { toFailure } from './services.ts';
import type { SlotHooks } from './slot.ts';
import { type StopReason, StopRequest } from './stop-request.ts';
import { describeStop } from './trial-end.ts';

const DEFAULT_DURATION_S = 10;

export function isBuiltIn(type: TaskType): boolean {
  const hasCode = type.module !== undefined || type.command !== undefined;
  return !hasCode && (type.name === 'null' || type.name === 'error');
}

export async function runBuiltIn(request: AttemptRequest, hooks: SlotHooks): Promise<AttemptOutcome> {
  const startedMs = performance.now();
  const finish = (
    failure: Failure | undefined,
    metadata: string,
    products: ProductOutcome[],
  ): AttemptOutcome => ({
    succeeded: failure === undefined,
    exitClass: failure?.exitClass,
    error: failure?.error,
    exitCode: undefined,
    signal: undefined,
    metadata,
    products,
    usage: { wallMs: performance.now() - startedMs, cpuMs: undefined, peakMemoryBytes: undefined },
  });
  try {
    const settings = parseSettings(request.settings);
    if (request.type.name === 'error') throw new EaselError('task', readMessage(settings.message));
    const durationMs = readDurationMs(settings.duration);
    const metadata = readMetadata(settings.metadata, request.type);
    const stopped = durationMs > 0 || hooks.signal?.aborted ? await wait(durationMs, hooks) : undefined;
    if (stopped !== undefined)
      return finish(describeStop(stopped, hooks.timeoutMs), '{}', refuseOutputs(request, STOPPED));
    return finish(undefined, metadata, writeOutputs(request));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    return finish(toFailure(error), '{}', refuseOutputs(request, 'it was not written'));
  }
}

function parseSettings(text: string): Dict {
  const settings = text === '{}' ? undefined : parseJson(text);
  return isDict(settings) ? settings : dict();
}

function readMessage(message: Value | undefined): string {
  if (message === undefined) return 'a task of type error always fails';
  return typeof message === 'string' ? message : JSON.stringify(toPlain(message));
}

function readDurationMs(duration: Value | undefined): number {
  const seconds = typeof duration === 'bigint' ? Number(duration) : (duration ?? DEFAULT_DURATION_S);
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1_000;
  throw new EaselError('task', '`duration` must be a number of seconds, 0 or more');
}

function readMetadata(metadata: Value | undefined, type: TaskType): string {
  if (metadata === undefined || metadata === null) return '{}';
  if (!isDict(metadata)) throw new EaselError('task', '`metadata` must be an object');
  return checkMetadata(metadata, type.metadata);
}

/** Resolves with the reason when it is stopped before. */
function wait(durationMs: number, { signal, timeoutMs }: SlotHooks): Promise<StopReason | undefined> {
  if (signal?.aborted === true) return Promise.resolve('cancelled');
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(undefined), Math.min(durationMs, 2 ** 31 - 1));
    const stop = new StopRequest({
      signal,
      graceMs: 0,
      ask: () => end(stop.reason),
      force: () => {},
    });
    const end = (reason: StopReason | undefined) => {
      clearTimeout(timer);
      stop.dispose();
      resolve(reason);
    };
    stop.startTimeout(timeoutMs);
  });
}

/**
 * What this process has written itself needs no check, and is synced with others before it is committed. The files lie
 * beside the scratch directory, which is never made: on a busy disk, a directory costs more than all the rest.
 */
function writeOutputs(request: AttemptRequest): ProductOutcome[] {
  const files = Object.entries(request.outputs);
  return files.map(([output, fileName], at) => {
    const path = `${request.scratch}.${at}`;
    try {
      writeFileSync(path, LINE, { flag: 'wx', mode: 0o444 });
    } catch (error) {
      for (let each = 0; each <= at; each++) removeQuietly(`${request.scratch}.${each}`);
      throw error;
    }
    return {
      output,
      fileName,
      path,
      size: LINE.length,
      sha256: LINE_SHA256,
      passed: true,
      reason: undefined,
    };
  });
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A worker removes it when it starts.
  }
}

const LINE = 'written by a null task\n';
const LINE_SHA256 = createHash('sha256').update(LINE).digest('hex');
