/**
 * The scheduler: a loop of small steps, each one bounded batch in one transaction. It expands flow tasks, dispatches
 * ready ones, and sweeps up what others left behind. Any number may run: they share the work through row locks, and
 * keep nothing in memory that the database does not know.
 */
import type { Database } from '../core/db/open.ts';
import { meetOutage, outlast, passOutage } from '../core/db/outage.ts';
import { reading, transact } from '../core/db/transaction.ts';
import { workerClasses } from '../core/model/fit.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Emit } from '../core/runtime/events.ts';
import { easelImage, easelVersion } from '../core/runtime/package.ts';
import type { Registry } from '../core/runtime/registry.ts';
import { tally } from '../core/runtime/tally.ts';
import { Pace, Wake } from '../core/runtime/wake.ts';
import { Ids } from '../core/store/ids.ts';
import { rememberOutages } from '../core/store/outages.ts';
import { type Pauses, readPauses } from '../core/store/pauses.ts';
import { isMuchAside } from '../core/store/pausing.ts';
import { endProcess, registerProcess } from '../core/store/processes.ts';
import { FLOW_LINE, isLineLong } from '../core/store/ready.ts';
import { CompiledJobs } from './compiled-jobs.ts';
import { Dispatcher } from './dispatcher.ts';
import { expandJob } from './expansion/expander.ts';
import { Sweeps } from './sweeps.ts';
import { Turns } from './turns.ts';

export interface SchedulerOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly registry: Registry;
  readonly areas: Areas;
  readonly emit: Emit;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly defaults: InstallationPolicy;
}

const SHORTEST_MS = 2;
const LONGEST_MS = 100;
const AFTER_ERROR_MS = 500;
/** Then others are looked at anew, and dispatched: somebody of a higher priority may have come. */
const EXPANDING_MS = 200;
const JOBS_REMEMBERED = 1_000;
const IDS_PER_BLOCK = 20_000;
const READY_AT_MOST = 10_000;
const LOOK_AHEAD_EVERY_MS = 100;
const REST_MS = 5_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #ids: Ids;
  readonly #jobs: CompiledJobs;
  readonly #dispatchers: readonly Dispatcher[];
  readonly #turns = new Turns(FLOW_LINE);
  readonly #stopping = new AbortController();
  readonly #pace = new Pace(SHORTEST_MS, LONGEST_MS);
  readonly #sweeps: Sweeps;
  readonly #wake: Wake;
  readonly #restUntil = new Map<number, number>();
  readonly #ahead = new Map<number, { at: number; enough: boolean }>();
  #id = 0;
  #looping: Promise<void> | undefined;

  /** @param wake rung when something was submitted or has ended in this process: the scheduler then looks at once */
  constructor(wanted: SchedulerOptions, wake: Wake = new Wake()) {
    const { database, queue, registry } = wanted;
    const options = { ...wanted, emit: rememberOutages(database, wanted.emit) };
    this.#options = options;
    this.#wake = wake;
    this.#ids = new Ids(database, IDS_PER_BLOCK);
    this.#jobs = new CompiledJobs(database, registry);
    this.#dispatchers = workerClasses(registry.values()).map(
      (name) => new Dispatcher({ database, queue, ids: this.#ids }, name),
    );
    this.#sweeps = new Sweeps({ ...options, ids: this.#ids, jobs: this.#jobs, processId: () => this.#id });
  }

  /** Waits for a database that is away, until `signal`. */
  async start(signal?: AbortSignal): Promise<void> {
    const { database, queue, emit } = this.#options;
    const self = {
      role: 'scheduler' as const,
      version: easelVersion(),
      image: easelImage(),
      workerClass: null,
      slots: 0,
    };
    const patience = { database, emit, ...(signal !== undefined && { signal }) };
    const register = () => transact(database, (trx) => registerProcess(trx, this.#ids, self));
    this.#id = await outlast(patience, register);
    emit('scheduler_started', { id: this.#id, database: database.dialect.name, queue: queue.kind });
    this.#looping = this.#loop();
  }

  /** Finishes the step at hand. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    await this.#looping;
    await endProcess(reading(this.#options.database), this.#id).catch(() => undefined); // it will be seen as gone
    this.#options.emit('scheduler_stopped', { id: this.#id });
  }

  /** One step of everything; returns how much was found to do. */
  async step(): Promise<number> {
    const pauses = await readPauses(reading(this.#options.database));
    const expanded = await this.#expand(pauses);
    const dispatched = await this.#dispatch(pauses);
    return expanded + dispatched + (await this.#sweeps.run());
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const beganAt = performance.now();
        const found = await this.step();
        tally.tick(beganAt);
        passOutage(this.#options, this);
        if (found > 0) this.#pace.found();
        else await this.#wake.wait(this.#pace.delayMs, signal);
      } catch (error) {
        this.#report(error);
        await this.#wake.wait(AFTER_ERROR_MS, signal);
      }
    }
  }

  async #expand(pauses: Pauses): Promise<number> {
    if (pauses.all) return 0;
    const reader = reading(this.#options.database);
    const since = performance.now();
    const isPassedOver = (id: number) => pauses.holdsJob(id) || (this.#restUntil.get(id) ?? 0) > since;
    let found = 0;
    for (const job of await this.#turns.look(reader, isPassedOver)) {
      if (await this.#isAheadEnough(job.jobId, pauses)) continue;
      this.#turns.served(job);
      found += await this.#expandOne(job.jobId);
      if (found > 0) await this.#dispatch(pauses);
      if (performance.now() - since > EXPANDING_MS) break;
    }
    return found;
  }

  /** A job that Easel cannot expand (a defect) is left alone for a while, and keeps no other job from running. */
  async #expandOne(jobId: number): Promise<number> {
    try {
      return await expandJob({ ...this.#options, ids: this.#ids }, await this.#jobs.get(jobId));
    } catch (error) {
      if (this.#options.database.dialect.isOutage(error)) throw error;
      this.#report(error);
      if (this.#restUntil.size > JOBS_REMEMBERED) this.#restUntil.clear();
      this.#restUntil.set(jobId, performance.now() + REST_MS);
      return 0;
    }
  }

  /** A job that has more ready tasks than workers will take in a while creates no more for now. */
  async #isAheadEnough(jobId: number, pauses: Pauses): Promise<boolean> {
    const reader = reading(this.#options.database);
    const now = performance.now();
    const known = this.#ahead.get(jobId);
    if (known !== undefined && now - known.at < LOOK_AHEAD_EVERY_MS) return known.enough;
    let enough = pauses.types.size > 0 && (await isMuchAside(reader, jobId, READY_AT_MOST));
    for (const { workerClass } of this.#dispatchers)
      enough ||= await isLineLong(reader, workerClass, jobId, READY_AT_MOST);
    if (this.#ahead.size > JOBS_REMEMBERED) this.#ahead.clear();
    this.#ahead.set(jobId, { at: now, enough });
    return enough;
  }

  async #dispatch(pauses: Pauses): Promise<number> {
    let dispatched = 0;
    for (const dispatcher of this.#dispatchers) dispatched += await dispatcher.round(pauses);
    return dispatched;
  }

  #report(error: unknown): void {
    const { emit } = this.#options;
    if (meetOutage(this.#options, error, this)) {
      this.#sweeps.runAllNext();
      return;
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    emit('defect', { where: `scheduler ${this.#id}`, reason });
  }
}
