/**
 * One run of a program in a process group of its own: its lines go to the log while it runs, and whatever it left
 * behind in its group is ended with it. Memory stays bounded: reading stops while the log has no room.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { EaselError } from '../../core/model/errors.ts';
import type { LogLevel } from '../../core/model/log-lines.ts';
import type { Environment } from './environment.ts';
import { LineSplitter, toLogLine } from './log-lines.ts';
import { MemorySampler } from './memory-sampler.ts';
import { endProcesses, signalGroup } from './process-group.ts';
import type { Services } from './services.ts';

const TAIL_LINES = 20;
/** For pipes that a process which left the group still holds open. */
const DRAIN_MS = 1_000;

export interface CommandEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Last lines of each stream. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly peakMemoryBytes: number | undefined;
}

export interface CommandStart {
  readonly argv: readonly string[];
  readonly directory: string;
  readonly environment: Environment;
}

/** Throws EaselError when the program cannot be started. */
export async function runCommand(start: CommandStart, services: Services): Promise<CommandEnd> {
  const [program = '', ...rest] = start.argv;
  services.register.starting();
  let child: ChildProcess;
  try {
    child = spawn(program, rest, {
      cwd: start.directory,
      env: start.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    services.register.ended();
    throw cannotStart(program, error);
  }
  services.register.started(child.pid ?? 0);
  try {
    return await follow(child, program, services);
  } finally {
    services.register.ended();
  }
}

async function follow(child: ChildProcess, program: string, services: Services): Promise<CommandEnd> {
  const group = child.pid ?? 0;
  const ended = new Promise<{ code: number | undefined; signal: string | undefined }>((resolve, reject) => {
    child.once('error', (error) => reject(cannotStart(program, error)));
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  const sampler = new MemorySampler(group);
  const askToStop = () => signalGroup(group, 'SIGTERM');
  services.stop.addEventListener('abort', askToStop, { once: true });
  if (services.stop.aborted) askToStop();
  const streams = [child.stdout, child.stderr];
  const tails = Promise.all([
    readLines(child.stdout, 'info', services),
    readLines(child.stderr, 'warning', services),
  ]);
  try {
    const end = await ended;
    await endLeftovers(group, services);
    await Promise.race([tails, delay(DRAIN_MS, undefined, { ref: false })]);
    for (const stream of streams) stream?.destroy();
    const [stdout, stderr] = await tails;
    return { ...end, stdout, stderr, peakMemoryBytes: sampler.peakBytes };
  } finally {
    sampler.stop();
    services.stop.removeEventListener('abort', askToStop);
  }
}

/** Background processes of the command would write into outputs that are being checked. */
async function endLeftovers(group: number, services: Services): Promise<void> {
  if (!signalGroup(group, 'SIGKILL')) return;
  await endProcesses([group]);
  services.log(toLogLine('the command ended and left processes behind; they were ended too', 'warning'));
}

async function readLines(stream: Readable | null, level: LogLevel, services: Services): Promise<string[]> {
  const splitter = new LineSplitter();
  let tail: string[] = [];
  const take = (lines: string[]) => {
    for (const line of lines) services.log(toLogLine(line, level));
    tail = [...tail, ...lines.slice(-TAIL_LINES)].slice(-TAIL_LINES);
  };
  try {
    for await (const chunk of stream ?? []) {
      take(splitter.push(chunk));
      await services.room();
    }
  } catch {
    // The stream was closed under a process that still held it open.
  }
  take(splitter.end());
  return tail;
}

function cannotStart(program: string, error: unknown): EaselError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reasons: { [code: string]: string } = {
    ENOENT: 'there is no such program in PATH',
    EACCES: 'it is not executable',
    E2BIG: 'its arguments are too long',
  };
  const reason = reasons[String(code)] ?? (error instanceof Error ? error.message : String(error));
  return new EaselError('task', `cannot start '${program}': ${reason}`);
}
