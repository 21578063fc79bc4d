/**
 * A worker: a supervisor with slots. It claims attempts while slots are free, has each run, and commits what came of
 * it. It renews the leases of what it holds, stops what is no longer its own, and, when asked to stop, lets its tasks
 * finish until a deadline and gives the others back. The tasks' own code never runs in this process.
 *
 * While tasks are short it claims some ahead, so that one transaction serves many of them; see appetite.ts.
 */
import type { Database } from '../core/db/open.ts';
import { meetOutage, outlast } from '../core/db/outage.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { Definition } from '../core/model/definition.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Emit } from '../core/runtime/events.ts';
import { OutputArea } from '../core/runtime/output-area.ts';
import { easelImage, easelVersion } from '../core/runtime/package.ts';
import type { Registry } from '../core/runtime/registry.ts';
import type { Settings } from '../core/runtime/settings.ts';
import type { Assignment } from '../core/store/assignments.ts';
import { type ClaimedTask, markBegun } from '../core/store/claims.ts';
import { Definitions } from '../core/store/definitions.ts';
import { Ids } from '../core/store/ids.ts';
import { rememberOutages } from '../core/store/outages.ts';
import type { Completion } from '../core/store/outcomes.ts';
import { endProcess, registerProcess } from '../core/store/processes.ts';
import { giveBack } from '../core/store/returns.ts';
import { Appetite } from './appetite.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { Cancellations } from './cancellations.ts';
import { Claiming } from './claiming.ts';
import { Committer } from './committer.ts';
import { type Held, Holdings } from './holdings.ts';
import { Leases } from './leases.ts';
import { LogShipper } from './log-shipper.ts';
import { readNeeds } from './needs.ts';
import { Storage } from './storage.ts';

export interface WorkerOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly registry: Registry;
  readonly areas: Areas;
  readonly emit: Emit;
  readonly workerClass: string;
  readonly slots: number;
  readonly defaults: InstallationPolicy;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly drainMs: number;
  readonly killGraceMs: number;
  readonly logLines: number;
  readonly settings: Pick<Settings, 'min_free_mb'>;
  /** Called after each commit: wakes a scheduler of the same process. */
  readonly onCommit?: () => void;
}

const WAIT_MS = 1_000;
const LEAVE_MS = 5_000;
const IDS_PER_BLOCK = 5_000;
const NOTHING: Assignment = { inputs: [], requested: new Map(), products: [] };

export class Worker {
  readonly #options: WorkerOptions;
  readonly #ids: Ids;
  readonly #definitions: Definitions;
  readonly #storage: Storage;
  readonly #area: OutputArea;
  readonly #logs: LogShipper;
  readonly #runner: AttemptRunner;
  readonly #holdings: Holdings;
  readonly #appetite: Appetite;
  readonly #stopping = new AbortController();
  /** Nothing more is waited for. */
  readonly #leaving = new AbortController();
  #id = 0;
  #committer: Committer | undefined;
  #claiming: Promise<void> | undefined;
  #leases: Leases | undefined;
  #cancellations: Cancellations | undefined;
  #done = 0;

  constructor(wanted: WorkerOptions) {
    const { database, areas, settings } = wanted;
    const options = { ...wanted, emit: rememberOutages(database, wanted.emit) };
    this.#options = options;
    this.#appetite = new Appetite(options.slots);
    this.#holdings = new Holdings(options.slots);
    this.#ids = new Ids(database, IDS_PER_BLOCK);
    this.#definitions = new Definitions(database);
    this.#storage = new Storage(areas);
    this.#area = new OutputArea(areas, options.emit, Math.ceil(settings.min_free_mb * 2 ** 20));
    this.#logs = new LogShipper(database, (error) => this.#report('logs', error));
    this.#runner = new AttemptRunner({
      ...options,
      storage: this.#storage,
      area: this.#area,
      onLog: (attemptId, lines) => this.#logs.add(attemptId, lines),
      onDefect: (error) => this.#report('attempt', error),
    });
  }

  /** Waits for a database or an output area that is away, until `signal`. */
  async start(signal?: AbortSignal): Promise<void> {
    const { database, queue, emit, workerClass, slots, leaseMs, renewMs } = this.#options;
    const self = {
      role: 'worker' as const,
      version: easelVersion(),
      image: easelImage(),
      workerClass,
      slots,
    };
    const waiting = { database, emit, ...(signal !== undefined && { signal }) };
    const prepare = () => outlast(waiting, () => this.#storage.prepare(reading(database)));
    await this.#area.outlast(prepare, signal);
    const register = () => transact(database, (trx) => registerProcess(trx, this.#ids, self));
    this.#id = await outlast(waiting, register);
    const before = () => this.#logs.ship();
    const after = this.#options.onCommit ?? (() => undefined);
    this.#committer = new Committer({
      ...{ database, queue, emit, before, after, ids: this.#ids, area: this.#area },
      ...{ storage: this.#storage, workerId: this.#id, signal: this.#leaving.signal },
    });
    emit('worker_started', { id: this.#id, workerClass, slots });
    void this.#storage
      .sweepScratch(reading(database))
      .catch((error: unknown) => this.#report('scratch', error));
    this.#leases = new Leases({
      ...{ database, emit, renewMs, leaseMs, workerId: this.#id, holdings: this.#holdings },
      onError: (error) => this.#report('renewal', error),
    });
    this.#cancellations = new Cancellations({
      ...{ database, workerId: this.#id, holdings: this.#holdings },
      giveBack: (held) => this.#giveBack(held),
      onError: (error) => this.#report('cancellation', error),
    });
    const wish = { workerClass, workerId: this.#id, leaseMs };
    const claiming = new Claiming({
      ...{ database, emit, wish, appetite: this.#appetite, holdings: this.#holdings, area: this.#area },
      giveBack: (held) => this.#giveBack(held),
      onClaimed: (held) => void this.#runAll(held),
      onError: (error) => this.#report('claim', error),
    });
    this.#claiming = claiming.untilStopped(queue.subscribe(workerClass), this.#stopping.signal);
  }

  /**
   * Lets what runs finish for a while, gives the rest back, and resolves when nothing is left. What cannot be stored or
   * given back even then, because the database or the area is away, is left to its lease. Idempotent.
   */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { database, emit, drainMs, killGraceMs } = this.#options;
    this.#stopping.abort();
    const leaving = setTimeout(() => this.#leaving.abort(), drainMs + killGraceMs + LEAVE_MS);
    await this.#claiming;
    const { freed } = this.#holdings;
    const running = this.#holdings.inPhase('executing').length;
    emit('worker_draining', { id: this.#id, running, seconds: drainMs / 1_000 });
    let returned = await this.#giveBack(this.#holdings.inPhase('claimed'));
    const deadline = performance.now() + drainMs;
    while (this.#holdings.inPhase('executing').length > 0 && performance.now() < deadline) {
      await freed.wait(deadline - performance.now());
    }
    returned += await this.#giveBack(this.#holdings.inPhase('executing'));
    while (this.#holdings.size > 0) await freed.wait(WAIT_MS);
    await this.#committer?.settle();
    clearTimeout(leaving);
    this.#leases?.stop();
    this.#cancellations?.stop();
    await this.#runner.close();
    // An attempt that was given back has no commit that would carry its last lines.
    await this.#logs.close().catch((error: unknown) => this.#report('logs', error));
    await endProcess(reading(database), this.#id).catch((error: unknown) => this.#report('stop', error));
    emit('worker_stopped', { id: this.#id, done: this.#done, returned });
  }

  /** Only when their processes are gone may another worker start the tasks. */
  async #giveBack(left: readonly Held[]): Promise<number> {
    const ours = left.filter((held) => this.#holdings.disown(held));
    await this.#holdings.gone(ours);
    return await this.#return(ours.map(({ task }) => task));
  }

  async #return(tasks: readonly ClaimedTask[], reason?: string): Promise<number> {
    if (tasks.length === 0) return 0;
    const self = { workerId: this.#id, ids: this.#ids, ...(reason !== undefined && { reason }) };
    try {
      const { database } = this.#options;
      return await outlast(this.#waiting, () => transact(database, (trx) => giveBack(trx, tasks, self)));
    } catch (error) {
      this.#report('return', error);
      return 0;
    }
  }

  async #runAll(all: readonly Held[]): Promise<void> {
    const tasks = all.map(({ task }) => task);
    try {
      const parts = { ...this.#waiting, registry: this.#options.registry, definitions: this.#definitions };
      const { definitions, assignments } = await readNeeds(parts, tasks);
      for (const held of all) {
        const { id, job_id } = held.task;
        void this.#run(held, definitions.get(job_id), assignments.get(id) ?? NOTHING);
      }
    } catch (error) {
      this.#report('assignment', error);
      for (const held of all) this.#holdings.drop(held);
      await this.#return(tasks);
    }
  }

  /** The slot is free for the next attempt while the outcome of this one is stored. */
  async #run(held: Held, definition: Definition | undefined, assignment: Assignment): Promise<void> {
    const { task } = held;
    try {
      if (definition === undefined || !(await this.#holdings.slotFor(held))) return;
      const begin = () => markBegun(reading(this.#options.database), task.attempt_id);
      if (task.losses > 0) await outlast(this.#waiting, begin);
      const startedAt = performance.now();
      const completion = await this.#runner.run({ task, definition, assignment, signal: held.stop.signal });
      this.#appetite.ate(performance.now() - startedAt);
      this.#holdings.conclude(held);
      if (completion === undefined) await this.#yield(held);
      else await this.#store(held, completion);
    } catch (error) {
      this.#report(`attempt ${task.attempt_id}`, error);
    } finally {
      this.#holdings.drop(held);
      this.#logs.forget(task.attempt_id);
    }
  }

  /** While the database is away: until nothing more is waited for. */
  get #waiting() {
    const { database, emit } = this.#options;
    return { database, emit, signal: this.#leaving.signal };
  }

  /** The output area was in the way, not the task. */
  async #yield({ disowned, task }: Held): Promise<void> {
    if (!disowned) await this.#return([task], 'the output area of the worker was not usable');
  }

  async #store({ disowned }: Held, completion: Completion): Promise<void> {
    const stored = disowned ? false : await this.#committer?.commit(completion);
    if (stored === true) this.#done++;
    if (stored === false) await this.#storage.discard(completion.versions.map(({ file }) => file));
  }

  #report(where: string, error: unknown): void {
    if (meetOutage(this.#options, error)) return;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.emit('defect', { where: `worker ${this.#id}, ${where}`, reason });
  }
}
