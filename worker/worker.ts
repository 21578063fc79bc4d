/**
 * A worker: a supervisor with slots. It claims attempts while slots are free, has each run, and commits what came of
 * it. It renews the leases of what it holds, stops what is no longer its own, and, when asked to stop, lets its tasks
 * finish until a deadline and gives the others back. The tasks' own code never runs in this process.
 *
 * While tasks are short it claims some ahead, so that one transaction serves many of them; see appetite.ts.
 */
import type { Database } from '../core/db/open.ts';
import { outlast } from '../core/db/outage.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { Definition } from '../core/model/definition.ts';
import type { Offer, Queue, Subscription } from '../core/queue/queue.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Emit } from '../core/runtime/events.ts';
import { easelVersion } from '../core/runtime/package.ts';
import type { Registry } from '../core/runtime/registry.ts';
import { type Assignment, readAssignments } from '../core/store/assignments.ts';
import { type ClaimedTask, claim } from '../core/store/claims.ts';
import { Definitions } from '../core/store/definitions.ts';
import { Ids } from '../core/store/ids.ts';
import { endProcess, registerProcess } from '../core/store/processes.ts';
import { giveBack } from '../core/store/returns.ts';
import { Appetite } from './appetite.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { Committer } from './committer.ts';
import { type Held, Holdings } from './holdings.ts';
import { Leases } from './leases.ts';
import { LogShipper } from './log-shipper.ts';
import { Storage } from './storage.ts';

export interface WorkerOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly registry: Registry;
  readonly areas: Areas;
  readonly emit: Emit;
  readonly workerClass: string;
  readonly slots: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly drainMs: number;
  readonly killGraceMs: number;
  readonly logLines: number;
  /** Called after each commit: wakes a scheduler of the same process. */
  readonly onCommit?: () => void;
}

const WAIT_MS = 1_000;
const AHEAD_AT_MOST_MS = 1_000;
const HELD_AT_MOST = 500;
const IDS_PER_BLOCK = 5_000;
const NOTHING: Assignment = { inputs: [], requested: new Map(), products: [] };
const NO_NEEDS: ReadonlyMap<number, Assignment> = new Map();

export class Worker {
  readonly #options: WorkerOptions;
  readonly #ids: Ids;
  readonly #definitions: Definitions;
  readonly #storage: Storage;
  readonly #logs: LogShipper;
  readonly #runner: AttemptRunner;
  readonly #holdings: Holdings;
  readonly #appetite: Appetite;
  readonly #stopping = new AbortController();
  #id = 0;
  #committer: Committer | undefined;
  #claiming: Promise<void> | undefined;
  #leases: Leases | undefined;
  #done = 0;

  constructor(options: WorkerOptions) {
    const { database, areas } = options;
    this.#options = options;
    this.#appetite = new Appetite(options.slots);
    this.#holdings = new Holdings(options.slots);
    this.#ids = new Ids(database, IDS_PER_BLOCK);
    this.#definitions = new Definitions(database);
    this.#storage = new Storage(areas);
    this.#logs = new LogShipper(database, (error) => this.#report('logs', error));
    this.#runner = new AttemptRunner({
      ...options,
      storage: this.#storage,
      onLog: (attemptId, lines) => this.#logs.add(attemptId, lines),
      onDefect: (error) => this.#report('attempt', error),
    });
  }

  async start(): Promise<void> {
    const { database, queue, emit, areas, workerClass, slots, leaseMs, renewMs } = this.#options;
    const self = { role: 'worker' as const, version: easelVersion(), workerClass, slots };
    this.#id = await transact(database, (trx) => registerProcess(trx, this.#ids, self));
    const before = () => this.#logs.ship();
    const after = this.#options.onCommit ?? (() => undefined);
    this.#committer = new Committer({
      database,
      queue,
      emit,
      before,
      after,
      ids: this.#ids,
      areas,
      storage: this.#storage,
      workerId: this.#id,
    });
    await this.#storage.prepare();
    emit('worker_started', { id: this.#id, workerClass, slots });
    void this.#storage
      .sweepScratch(reading(database))
      .catch((error: unknown) => this.#report('scratch', error));
    this.#leases = new Leases({
      ...{ database, emit, renewMs, leaseMs, workerId: this.#id, holdings: this.#holdings },
      onError: (error) => this.#report('renewal', error),
    });
    this.#claiming = this.#claimUntilStopped(queue.subscribe(workerClass));
  }

  /** Lets what runs finish for a while, gives the rest back, and resolves when nothing is left. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { database, emit, drainMs } = this.#options;
    this.#stopping.abort();
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
    this.#leases?.stop();
    await this.#runner.close();
    await endProcess(reading(database), this.#id).catch((error: unknown) => this.#report('stop', error));
    emit('worker_stopped', { id: this.#id, done: this.#done, returned });
  }

  /** Only when their processes are gone may another worker start the tasks. */
  async #giveBack(left: readonly Held[]): Promise<number> {
    const ours = left.filter((held) => this.#holdings.disown(held));
    await this.#holdings.gone(ours);
    return await this.#return(ours.map(({ task }) => task));
  }

  async #return(tasks: readonly ClaimedTask[]): Promise<number> {
    if (tasks.length === 0) return 0;
    const { database, emit } = this.#options;
    const self = { workerId: this.#id, ids: this.#ids };
    return await outlast({ database, emit }, () => transact(database, (trx) => giveBack(trx, tasks, self)));
  }

  async #claimUntilStopped(subscription: Subscription): Promise<void> {
    const { signal } = this.#stopping;
    const { freed } = this.#holdings;
    while (!signal.aborted) {
      const room = this.#appetite.room(this.#holdings.inPhase('executing', 'claimed').length);
      try {
        if (room > 0 && this.#holdings.size < HELD_AT_MOST) await this.#claimOnce(subscription, room, signal);
        else {
          await freed.wait(WAIT_MS, signal);
          await this.#giveBack(this.#holdings.inPhase('claimed').filter(isLeftWaiting));
        }
      } catch (error) {
        if (signal.aborted) break;
        this.#report('claim', error);
        await freed.wait(WAIT_MS, signal);
      }
    }
    await subscription.close();
  }

  async #claimOnce(subscription: Subscription, limit: number, signal: AbortSignal): Promise<void> {
    const { database, emit } = this.#options;
    const offer = await subscription.next(limit, WAIT_MS, signal);
    const tasks =
      offer.kind === 'nothing'
        ? []
        : await outlast({ database, emit, signal }, () => this.#claim(offer, limit));
    subscription.settle(offer, tasks.length);
    const held = tasks.map((task) => this.#holdings.take(task));
    if (held.length > 0) void this.#runAll(held);
  }

  async #claim(offer: Offer, limit: number): Promise<ClaimedTask[]> {
    const { database, workerClass, leaseMs } = this.#options;
    const chosen = offer.kind === 'entries' ? { entries: offer.entries } : {};
    const aged = offer.kind === 'any' ? { olderThanMs: offer.olderThanMs } : {};
    const wish = { workerClass, workerId: this.#id, leaseMs, limit, ...chosen, ...aged };
    return await transact(database, (trx) => claim(trx, wish));
  }

  async #runAll(all: readonly Held[]): Promise<void> {
    const tasks = all.map(({ task }) => task);
    try {
      const { definitions, assignments } = await this.#readNeeds(tasks);
      for (const held of all) {
        const { id, job_id } = held.task;
        void this.#run(held, definitions.get(job_id), assignments.get(id) ?? NOTHING);
      }
    } catch (error) {
      this.#report('assignment', error);
      for (const held of all) this.#holdings.drop(held);
      await this.#return(tasks).catch((failure: unknown) => this.#report('return', failure));
    }
  }

  async #readNeeds(tasks: readonly ClaimedTask[]) {
    const { database, emit } = this.#options;
    return await outlast({ database, emit }, async () => {
      const definitions = new Map<number, Definition>();
      for (const { job_id } of tasks) definitions.set(job_id, await this.#definitions.get(job_id));
      const asking = tasks.filter((task) => this.#mayNeedFiles(task, definitions.get(task.job_id)));
      const assignments = asking.length === 0 ? NO_NEEDS : await readAssignments(reading(database), asking);
      return { definitions, assignments };
    });
  }

  /** Tasks without files and without needs are started without asking the database for any. */
  #mayNeedFiles(task: ClaimedTask, definition: Definition | undefined): boolean {
    const { inputs, outputs, requires_metadata_from: needs } = definition?.nodes[task.node]?.object ?? {};
    const perFile = this.#options.registry.get(task.type)?.outputs_per_file;
    return [inputs, outputs, needs, perFile].some((each) => each !== undefined);
  }

  /** The slot is free for the next attempt while the outcome of this one is stored. */
  async #run(held: Held, definition: Definition | undefined, assignment: Assignment): Promise<void> {
    const { task } = held;
    try {
      if (definition === undefined || !(await this.#holdings.slotFor(held))) return;
      const startedAt = performance.now();
      const completion = await this.#runner.run({ task, definition, assignment, signal: held.stop.signal });
      this.#appetite.ate(performance.now() - startedAt);
      this.#holdings.conclude(held);
      const stored = !held.disowned && (await this.#committer?.commit(completion)) === true;
      if (stored) this.#done++;
      else await this.#storage.discard(completion.versions.map(({ file }) => file));
    } catch (error) {
      this.#report(`attempt ${task.attempt_id}`, error);
    } finally {
      this.#holdings.drop(held);
      this.#logs.forget(task.attempt_id);
    }
  }

  #report(where: string, error: unknown): void {
    const { emit, database } = this.#options;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (database.dialect.isOutage(error)) emit('outage', { what: 'the database', reason });
    else emit('defect', { where: `worker ${this.#id}, ${where}`, reason });
  }
}

/** Claimed ahead, and still without a slot: another worker may have one. */
function isLeftWaiting({ claimedAt }: Held): boolean {
  return performance.now() - claimedAt > AHEAD_AT_MOST_MS;
}
