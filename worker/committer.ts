/**
 * Commits the outcomes of a worker's attempts, several at once: while one transaction is under way, what ends
 * meanwhile gathers for the next. During an outage of the database or the output area the outcomes are kept, and
 * committed when it is over, if the leases still hold.
 */
import type { Database } from '../core/db/open.ts';
import { meetOutage, outlast } from '../core/db/outage.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { Emit } from '../core/runtime/events.ts';
import type { OutputArea } from '../core/runtime/output-area.ts';
import { tally } from '../core/runtime/tally.ts';
import { alreadyCommitted, type Committed, commitAttempts } from '../core/store/completions.ts';
import type { Ids } from '../core/store/ids.ts';
import type { Completion } from '../core/store/outcomes.ts';
import { type Publication, publish } from '../core/store/publications.ts';
import type { Storage } from './storage.ts';

const AT_ONCE = 200;

export interface CommitterParts {
  readonly database: Database;
  readonly queue: Queue;
  readonly ids: Ids;
  readonly area: OutputArea;
  readonly emit: Emit;
  readonly workerId: number;
  readonly storage: Storage;
  /** What must be stored before the outcomes are: log lines. */
  readonly before: () => Promise<void>;
  /** Something may have become ready. */
  readonly after: () => void;
  /** Ends the waiting for the database and the area: the worker is to stop. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly completion: Completion;
  readonly done: (stored: boolean | undefined) => void;
}

export class Committer {
  readonly #parts: CommitterParts;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #hinting = new Set<Promise<void>>();
  #unpublished: Publication[] = [];
  #publishing: Promise<void> | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Outcomes that are not committed yet. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when the outcome is committed (true), when it never will be, the attempt being no longer this worker's
   * (false), or when the worker stops in the middle of an outage, and nobody knows (undefined).
   */
  commit(completion: Completion): Promise<boolean | undefined> {
    return new Promise((done) => {
      this.#waiting.push({ completion, done });
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    });
  }

  /** Until nothing is left to commit or to publish. */
  async settle(): Promise<void> {
    await this.#running;
    await Promise.all(this.#hinting);
    await this.#publishing;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what ends in the same turn goes along
    while (this.#waiting.length > 0) {
      await this.#commitAll(this.#waiting.splice(0, AT_ONCE));
    }
  }

  /** An outcome that cannot be stored (a defect) keeps no other from being stored; its lease runs out. */
  async #commitAll(batch: readonly Waiting[]): Promise<void> {
    let committed: Committed;
    try {
      committed = await this.#store(batch.map(({ completion }) => completion));
    } catch (error) {
      if (this.#parts.signal.aborted && (await this.#isOutage(error))) {
        for (const { done } of batch) done(undefined);
        return;
      }
      if (batch.length > 1) {
        for (const one of batch) await this.#commitAll([one]);
        return;
      }
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.emit('defect', { where: 'the commit of an attempt', reason });
      for (const { done } of batch) done(false);
      return;
    }
    const lost = new Set(committed.lost);
    for (const { completion, done } of batch) done(!lost.has(completion.task.attempt_id));
    for (const attempt of lost) this.#parts.emit('lease_lost', { attempt });
    tally.add('attempts_retried', committed.retried);
    this.#hint(committed);
    this.#parts.after();
    this.#publish(committed);
  }

  async #store(completions: readonly Completion[]): Promise<Committed> {
    const { database, emit, workerId, ids, storage, area, before, signal } = this.#parts;
    let remaining = completions;
    let tries = 0;
    return await outlast({ database, emit, signal }, async () => {
      // A commit may have been carried out although its answer was lost on the way.
      if (tries++ > 0) {
        const stored = await alreadyCommitted(reading(database), remaining, workerId);
        remaining = remaining.filter(({ task }) => !stored.has(task.attempt_id));
      }
      await before();
      const files = remaining.flatMap(({ versions }) => versions.map(({ file }) => file));
      await area.outlast(() => storage.sync(files), signal);
      return await transact(database, (trx) => commitAttempts(trx, remaining, { workerId, ids }));
    });
  }

  async #isOutage(error: unknown): Promise<boolean> {
    return this.#parts.database.dialect.isOutage(error) || (await this.#parts.area.isFault(error));
  }

  /** Hints need not be safe before the next outcomes are committed. */
  #hint({ dispatched }: Committed): void {
    const hinting = this.#parts.queue.publish(dispatched);
    this.#hinting.add(hinting);
    void hinting.finally(() => this.#hinting.delete(hinting));
  }

  /** Public names are made while the next outcomes are committed; what comes meanwhile goes into the next batch. */
  #publish({ publications }: Committed): void {
    this.#unpublished.push(...publications);
    if (this.#unpublished.length === 0) return;
    this.#publishing ??= this.#publishAll().finally(() => {
      this.#publishing = undefined;
    });
  }

  async #publishAll(): Promise<void> {
    const { database, area, emit } = this.#parts;
    while (this.#unpublished.length > 0) {
      const batch = this.#unpublished.splice(0, AT_ONCE);
      try {
        const { impossible, failures } = await publish(reading(database), area.areas, batch);
        for (const { address, reason } of impossible) emit('unpublishable', { address, reason });
        for (const failure of failures) await area.report(failure, 'a public name');
      } catch (error) {
        // The rows stay, and a scheduler publishes what they name.
        if (!meetOutage({ database, emit }, error)) await area.report(error, 'a public name');
      }
    }
  }
}
