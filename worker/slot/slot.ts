/**
 * A slot runs one attempt at a time in a warm child process. Every end of a task is an outcome, never a rejection:
 * the child may throw, exit, crash, hang or be killed. A child is replaced after any of these, after a stop, when its
 * memory grew, and after a number of attempts. After the death of a child with its task, a fresh one does the
 * quality control of what there is.
 */
import { extname, join } from 'node:path';
import type { AttemptOutcome, AttemptRequest, Usage } from '../attempt.ts';
import { cleanEnvironment } from './environment.ts';
import { countOomKills } from './oom.ts';
import { refuseOutputs, STOPPED } from './outputs.ts';
import type { Failure, LogLimit } from './protocol.ts';
import { StopRequest } from './stop-request.ts';
import { describeStop, died, failed, lost, restore, type TrialEnd, UNKNOWN_USAGE } from './trial-end.ts';
import { type RunHooks, WarmChild } from './warm-child.ts';

export interface SlotOptions {
  /** Between asking a task to stop and killing it. */
  readonly killGraceMs: number;
  readonly entry?: string;
  readonly maxRequests?: number;
  readonly maxResidentBytes?: number;
  /** Of one attempt; see log-buffer.ts for what happens beyond. */
  readonly logLimit?: LogLimit;
  /** Options of Node for the child, such as `--max-old-space-size=4096`. */
  readonly execArgv?: readonly string[];
  /** Environment variables that tasks see besides the usual ones. */
  readonly passEnvironment?: readonly string[];
}

export interface SlotHooks extends RunHooks {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Trial {
  readonly request: AttemptRequest;
  readonly hooks: SlotHooks;
  readonly timeoutMs: number | undefined;
  /** Known before: only quality control is left. */
  readonly failure?: Failure;
}

const DEFAULTS = {
  entry: join(import.meta.dirname, `child${extname(import.meta.filename)}`),
  maxRequests: 1_000,
  maxResidentBytes: 1024 ** 3,
  logLimit: { lines: 100_000, bytes: 16 * 1024 ** 2 },
  execArgv: [],
  passEnvironment: [],
};

/** Quality control of what a dead or timed-out task left. */
const JUDGE_TIMEOUT_MS = 60_000;
const START_TRIES = 3;
/** A child that has not taken its attempt up by then is replaced; it normally takes a tenth of a second. */
const START_TIMEOUT_MS = 60_000;

export class Slot {
  readonly #options: Required<SlotOptions>;
  #child: WarmChild | undefined;
  #served = 0;
  #stop: StopRequest | undefined;
  #running: Promise<AttemptOutcome> | undefined;
  #isClosed = false;

  constructor(options: SlotOptions) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Of the warm child; undefined when there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  run(request: AttemptRequest, hooks: SlotHooks): Promise<AttemptOutcome> {
    if (this.#running !== undefined) throw new Error('a slot runs one attempt at a time');
    this.#running = this.#runToEnd(request, hooks).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Cancels what runs, and ends the child. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.request('cancelled');
    await this.#running;
    await this.#dropChild();
  }

  async #runToEnd(request: AttemptRequest, hooks: SlotHooks): Promise<AttemptOutcome> {
    const startedMs = performance.now();
    const first = await this.#try({ request, hooks, timeoutMs: hooks.timeoutMs });
    const timed = (outcome: AttemptOutcome, usage: Usage): AttemptOutcome => ({
      ...restore(outcome),
      usage: { ...UNKNOWN_USAGE, ...usage, wallMs: performance.now() - startedMs },
    });
    if (first.outcome !== undefined) return timed(first.outcome, first.usage);
    const { failure } = first;
    if (
      failure === undefined ||
      failure.exitClass === 'cancelled' ||
      Object.keys(request.outputs).length === 0
    ) {
      return timed(failed(request, failure), first.usage);
    }
    const second = await this.#try({ request, hooks, timeoutMs: JUDGE_TIMEOUT_MS, failure });
    const products = second.outcome?.products ?? refuseOutputs(request, STOPPED);
    return timed({ ...failed(request, failure), products }, first.usage);
  }

  async #try(trial: Trial): Promise<TrialEnd> {
    for (let tries = 1; ; tries++) {
      if (this.#isClosed || trial.hooks.signal?.aborted === true)
        return lost(describeStop('cancelled', trial.timeoutMs));
      const oomKills = countOomKills();
      this.#child ??= this.#startChild();
      const { end, reason, usage } = await this.#perform(this.#child, trial);
      const mayStay =
        end.kind === 'done' && end.mayStay && reason === undefined && this.#isFit(end.residentBytes);
      const left = mayStay ? [] : await this.#dropChild(trial.request.scratch);
      if (reason !== undefined) {
        const known = end.kind === 'done' ? end.outcome.usage : usage;
        return lost(describeStop(reason, trial.timeoutMs, left), known);
      }
      if (end.kind === 'done') return { outcome: end.outcome, failure: undefined, usage: end.outcome.usage };
      if (end.started) return died(end, oomKills, usage);
      if (tries >= START_TRIES)
        return lost({ exitClass: 'error', error: `cannot start a task process: ${end.stderr}` });
    }
  }

  async #perform(child: WarmChild, { request, hooks, timeoutMs, failure }: Trial) {
    let usage: Usage | undefined;
    const stop = new StopRequest({
      signal: hooks.signal,
      graceMs: this.#options.killGraceMs,
      ask: () => child.askToStop(),
      force: () => {
        usage = { wallMs: 0, ...child.readUsage() };
        void child.destroy(request.scratch);
      },
    });
    this.#stop = stop;
    this.#served++;
    const startTimer = setTimeout(() => void child.destroy(), START_TIMEOUT_MS);
    const message = { kind: 'run', request, failure, logLimit: this.#options.logLimit } as const;
    const end = await child.perform(message, {
      onLog: (lines) => hooks.onLog(lines),
      onProgress: (fraction) => hooks.onProgress(fraction),
      onStarted: () => {
        clearTimeout(startTimer);
        stop.startTimeout(timeoutMs);
      },
    });
    clearTimeout(startTimer);
    this.#stop = undefined;
    stop.dispose();
    return { end, reason: stop.reason, usage };
  }

  #startChild(): WarmChild {
    const { entry, execArgv, passEnvironment } = this.#options;
    this.#served = 0;
    return new WarmChild({ entry, execArgv, environment: cleanEnvironment(process.env, passEnvironment) });
  }

  #isFit(residentBytes: number): boolean {
    return this.#served < this.#options.maxRequests && residentBytes <= this.#options.maxResidentBytes;
  }

  async #dropChild(scratch?: string): Promise<number[]> {
    const child = this.#child;
    this.#child = undefined;
    return (await child?.destroy(scratch)) ?? [];
  }
}
