/**
 * What becomes of the work tasks of a job, one after the other in the order of their creation: how each ended, with its
 * attempts, or where it stands. A job that runs has executed its share; then come those that run, those that are queued,
 * and those in line, until `isFull`: its loops have created no more than that.
 */
import type { AttemptState, ExitClass } from '../../../core/model/states.ts';
import type { Fate, SeedAttempt, SeedTask } from './model.ts';
import type { Slots } from './slots.ts';
import { ERRORS } from './texts.ts';
import { factsOf } from './types.ts';

const FAILURES: readonly ExitClass[] = ['error', 'exit', 'error', 'signal', 'oom', 'timeout', 'qc', 'lost'];
/** Of the tasks executed: one of so many was tried again, was done twice, or has failed. */
const RETRIED_EVERY = 47;
const REDONE_EVERY = 199;
const FAIL_EVERY = 97;
const DAY_MS = 86_400_000;

export interface CourseParts {
  readonly fate: Fate;
  /** Work tasks that the job will have, about. */
  readonly work: number;
  /** How long a task of weight 1 takes. */
  readonly taskMs: number;
  readonly slots: Slots;
  readonly random: () => number;
  readonly nextId: () => number;
  readonly cancelReason: string;
}

export class Course {
  readonly #parts: CourseParts;
  #executed = 0;
  #failures = 0;
  #running: number;
  #queued: number;
  #ready: number;
  #timers = 3;

  constructor(parts: CourseParts) {
    this.#parts = parts;
    const { slots, work } = parts;
    this.#running = Math.min(slots.count, Math.ceil(work / 40));
    this.#queued = this.#running;
    this.#ready = Math.ceil(work / 20);
  }

  get isCancelled(): boolean {
    return this.#parts.fate.end === 'cancelled' && this.#isSpent;
  }

  /** Loops of a job that runs create no more for now. */
  get isFull(): boolean {
    return this.#parts.fate.end === 'running' && this.#ready <= 0;
  }

  get cancelReason(): string {
    return this.#parts.cancelReason;
  }

  get #isSpent(): boolean {
    return this.#executed >= this.#parts.fate.share * this.#parts.work;
  }

  /** The task could be run since `task.at`: it has what it needs. */
  settle(task: SeedTask): void {
    if (this.#parts.fate.end === 'cancelled' && this.#isSpent) this.#cancel(task);
    else if (this.#parts.fate.end === 'running' && this.#isSpent) this.#place(task);
    else this.#execute(task);
  }

  #execute(task: SeedTask): void {
    const { fate } = this.#parts;
    this.#executed++;
    const mayFail = fate.end === 'failed' || fate.end === 'running';
    if (fate.end === 'running' && this.#timers > 0 && this.#executed % 41 === 0) this.#postpone(task);
    else if (mayFail && (this.#executed % FAIL_EVERY === 0 || this.#executed === 2)) this.#fail(task);
    else this.#succeed(task);
  }

  #succeed(task: SeedTask): void {
    if (this.#executed % RETRIED_EVERY === 11) this.#try(task, this.#anyFailure());
    if (this.#executed % REDONE_EVERY === 5) {
      this.#try(task, undefined);
      task.triedFrom = task.attempts.length;
    }
    this.#try(task, undefined);
    task.state = 'done';
  }

  /** As often as its retries allow. */
  #fail(task: SeedTask): void {
    const exitClass = FAILURES[this.#failures++ % FAILURES.length] ?? 'error';
    for (let left = 1 + Math.floor(3 * this.#parts.random()); left > 0; left--) this.#try(task, exitClass);
    task.state = 'failed';
    const { error } = task.attempts.at(-1) ?? {};
    task.reason =
      exitClass === 'lost' ? 'its worker was lost more often than 3 times; see `easel logs`' : (error ?? '');
  }

  #postpone(task: SeedTask): void {
    this.#timers--;
    this.#try(task, 'exit');
    task.state = 'waiting';
    task.unmet = 1;
    task.dueInMs = DAY_MS + this.#timers * 60_000;
  }

  #place(task: SeedTask): void {
    if (this.#running > 0) {
      this.#running--;
      task.state = 'running';
      this.#open(task, 'running');
    } else if (this.#queued > 0) {
      this.#queued--;
      task.state = 'queued';
      this.#open(task, 'queued');
    } else {
      this.#ready--;
      task.state = 'ready';
    }
  }

  /** The first few were running when somebody cancelled the job. */
  #cancel(task: SeedTask): void {
    if (this.#running > 0) {
      this.#running--;
      this.#try(task, 'cancelled', 'cancelled');
    }
    task.state = 'cancelled';
    task.reason = this.cancelReason;
  }

  #try(task: SeedTask, exitClass: ExitClass | undefined, ended: AttemptState = 'failed'): void {
    const { slots, nextId, taskMs, random } = this.#parts;
    const lastsMs = Math.max(1, Math.round(taskMs * factsOf(task.type).weight * (0.5 + random())));
    const turn = slots.take(task.at, lastsMs);
    const state = exitClass === undefined ? 'succeeded' : exitClass === 'lost' ? 'lost' : ended;
    const queuedAt = Math.max(task.at, turn.startedAt - Math.floor(2_000 * random()));
    task.attempts.push({
      ...{ id: nextId(), state, ...turn, queuedAt },
      ...{ exitClass: exitClass ?? null, error: exitClass === undefined ? null : this.#errorOf(exitClass) },
    });
    task.at = turn.endedAt;
  }

  #open(task: SeedTask, state: 'running' | 'queued'): void {
    const { slots, nextId, random } = this.#parts;
    const attempt: SeedAttempt = {
      ...{ id: nextId(), state, workerId: null, queuedAt: task.at, startedAt: null, endedAt: null },
      ...{ exitClass: null, error: null },
    };
    if (state === 'queued') task.attempts.push(attempt);
    else {
      const { workerId, startedAt } = slots.take(task.at, Math.round(1_000 * random()));
      task.attempts.push({ ...attempt, workerId, startedAt, queuedAt: startedAt });
    }
  }

  #anyFailure(): ExitClass {
    return FAILURES[Math.floor(FAILURES.length * this.#parts.random())] ?? 'error';
  }

  #errorOf(exitClass: ExitClass): string {
    const texts = ERRORS[exitClass] ?? [];
    return texts[Math.floor(texts.length * this.#parts.random())] ?? exitClass;
  }
}
