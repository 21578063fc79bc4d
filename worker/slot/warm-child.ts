/**
 * One child process as its slot sees it: started once, given one attempt at a time, and in the end destroyed with
 * everything that it started. However the child ends, `perform` resolves; it never rejects.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogLevel, LogLine } from '../../core/model/log-lines.ts';
import type { AttemptOutcome, Usage } from '../attempt.ts';
import type { Environment } from './environment.ts';
import { LogBuffer } from './log-buffer.ts';
import { LineSplitter, toLogLine } from './log-lines.ts';
import { endProcesses, signalGroup } from './process-group.ts';
import { readCpuMs, readPeakBytes } from './process-table.ts';
import type { FromChild, LogLimit, RunMessage, ToChild } from './protocol.ts';

export interface ChildStart {
  readonly entry: string;
  readonly execArgv: readonly string[];
  readonly environment: Environment;
}

export interface RunHooks {
  onLog(lines: readonly LogLine[]): void;
  onProgress(fraction: number): void;
}

interface ChildHooks extends RunHooks {
  /** The child took the attempt up. */
  onStarted(): void;
}

export type ChildEnd =
  | {
      readonly kind: 'done';
      readonly outcome: AttemptOutcome;
      readonly mayStay: boolean;
      readonly residentBytes: number;
    }
  | {
      readonly kind: 'died';
      /** False: the child never saw the attempt. */
      readonly started: boolean;
      readonly code: number | undefined;
      readonly signal: string | undefined;
      /** The last of what it printed outside the log. */
      readonly stderr: string;
    };

interface Attempt {
  readonly hooks: ChildHooks;
  readonly native: LogBuffer;
  readonly resolve: (end: ChildEnd) => void;
  started: boolean;
  cpuBeforeMs: number | undefined;
}

const TAIL_LENGTH = 4_096;
/** For pipes that processes of the task still hold open after the child's death. */
const DRAIN_MS = 500;

export class WarmChild {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #attempt: Attempt | undefined;
  #commandGroup = 0;
  #stderr = '';
  #destroyed: Promise<number[]> | undefined;

  constructor({ entry, execArgv, environment }: ChildStart) {
    this.#process = spawn(process.execPath, [...execArgv, entry], {
      cwd: '/',
      env: environment,
      detached: true,
      serialization: 'json',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    const child = this.#process;
    this.#ended = new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', resolve);
    });
    child.on('error', (error) => void this.#finish(undefined, undefined, String(error)));
    child.once('exit', (code, signal) => void this.#finish(code ?? undefined, signal ?? undefined, ''));
    child.on('message', (message: FromChild) => this.#take(message));
    this.#read('stdout', 'info');
    this.#read('stderr', 'warning');
    // The lifeline: nothing is ever written, its closing is the message.
    child.stdio[4]?.on('error', () => {});
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  perform(message: RunMessage, hooks: ChildHooks): Promise<ChildEnd> {
    return new Promise((resolve) => {
      const native = new LogBuffer(async (lines) => hooks.onLog(lines), message.logLimit satisfies LogLimit);
      this.#attempt = { hooks, native, resolve, started: false, cpuBeforeMs: undefined };
      this.#stderr = '';
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        void this.#finish(undefined, undefined, 'the child process had ended');
      } else this.#send(message);
    });
  }

  askToStop(): void {
    this.#send({ kind: 'stop' });
  }

  /** What the running attempt has used so far, read from outside. */
  readUsage(): Omit<Usage, 'wallMs'> {
    const pids = [this.pid ?? 0, this.#commandGroup].filter((pid) => pid > 0);
    const cpu = pids.map(readCpuMs).reduce((sum, each) => sum + (each?.own ?? 0) + (each?.children ?? 0), 0);
    const before = this.#attempt?.cpuBeforeMs;
    const measured = this.#commandGroup > 0 ? this.#commandGroup : (this.pid ?? 0);
    return {
      cpuMs: before === undefined ? undefined : cpu - before,
      peakMemoryBytes: readPeakBytes(measured),
    };
  }

  /** Kills the child and all that the attempt in `scratch` started; resolves when none runs. Returns what stayed. */
  destroy(scratch?: string): Promise<number[]> {
    this.#destroyed ??= (async () => {
      if (this.pid === undefined) return [];
      const left = await endProcesses([this.pid, this.#commandGroup], scratch);
      if (left.length === 0) await this.#ended;
      // A child that the kernel cannot end never says so; its attempt must not wait for it.
      else await this.#finish(undefined, 'SIGKILL', '');
      return left;
    })();
    return this.#destroyed;
  }

  #send(message: ToChild): void {
    // A message that cannot be sent is answered by the child's end.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #take(message: FromChild): void {
    const attempt = this.#attempt;
    if (message.kind === 'command') this.#commandGroup = message.pid;
    if (attempt === undefined) return;
    if (message.kind === 'started') {
      attempt.started = true;
      attempt.cpuBeforeMs = message.cpuMs;
      attempt.hooks.onStarted();
    } else if (message.kind === 'log') attempt.hooks.onLog(message.lines);
    else if (message.kind === 'progress') attempt.hooks.onProgress(message.fraction);
    else if (message.kind === 'done') {
      const { outcome, residentBytes, poisoned } = message;
      void this.#answer(attempt, { kind: 'done', outcome, residentBytes, mayStay: !poisoned });
    }
  }

  async #finish(code: number | undefined, signal: string | undefined, problem: string): Promise<void> {
    for (const group of [this.pid ?? 0, this.#commandGroup]) signalGroup(group, 'SIGKILL');
    const drained = [this.#process.stdout, this.#process.stderr].map((stream) =>
      stream === null || stream.closed ? undefined : once(stream, 'close').catch(() => {}),
    );
    const isOpen = this.#process.connected ? once(this.#process, 'disconnect') : undefined;
    await Promise.race([Promise.all([...drained, isOpen]), delay(DRAIN_MS)]);
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    const stderr = `${this.#stderr}${problem}`.trim();
    await this.#answer(attempt, { kind: 'died', started: attempt.started, code, signal, stderr });
  }

  async #answer(attempt: Attempt, end: ChildEnd): Promise<void> {
    this.#attempt = undefined;
    await attempt.native.close();
    attempt.resolve(end);
  }

  #read(name: 'stdout' | 'stderr', level: LogLevel): void {
    const splitter = new LineSplitter();
    const print = (lines: string[]) => {
      for (const line of lines) {
        if (name === 'stderr') this.#stderr = `${this.#stderr}${line}\n`.slice(-TAIL_LENGTH);
        this.#attempt?.native.add(toLogLine(line, level));
      }
    };
    this.#process[name]?.on('data', (chunk: Buffer) => print(splitter.push(chunk)));
    this.#process[name]?.once('end', () => print(splitter.end()));
  }
}
