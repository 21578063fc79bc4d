/**
 * Sweeps: what a scheduler looks after now and then, each in bounded batches. Several schedulers may sweep at once:
 * every sweep passes over the rows that another holds, or is harmless when done twice.
 */
import type { Database } from '../core/db/open.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { TaskType } from '../core/model/task-type.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Emit } from '../core/runtime/events.ts';
import { FOLD_AT_MOST, foldCounts } from '../core/store/counts.ts';
import type { Ids } from '../core/store/ids.ts';
import { runningJobs } from '../core/store/jobs.ts';
import { isStalled, nextJobWanting } from '../core/store/missing.ts';
import { seeProcess } from '../core/store/processes.ts';
import { publish, stalePublications } from '../core/store/publications.ts';
import { reapLost, sweepQueue } from '../core/store/returns.ts';
import type { CompiledJobs } from './compiled-jobs.ts';
import { breakCircle, settleWanted } from './missing-inputs.ts';

export interface SweepParts {
  readonly database: Database;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly areas: Areas;
  readonly emit: Emit;
  readonly ids: Ids;
  readonly jobs: CompiledJobs;
  readonly maxLost: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly processId: () => number;
}

const PER_BATCH = 200;
const UNPUBLISHED_MS = 5_000;

interface Sweep {
  readonly everyMs: number;
  /** Returns how much it found; when it found anything it runs again at the next step. */
  run(): Promise<number>;
  dueAt: number;
}

export class Sweeps {
  readonly #parts: SweepParts;
  readonly #sweeps: Sweep[];

  constructor(parts: SweepParts) {
    this.#parts = parts;
    const sweep = (everyMs: number, run: () => Promise<number>): Sweep => ({ everyMs, run, dueAt: 0 });
    this.#sweeps = [
      sweep(200, () => this.#settleWanted()),
      sweep(1_000, () => this.#foldCounts()),
      sweep(2_000, () => this.#breakCircles()),
      sweep(Math.min(5_000, parts.leaseMs / 4), () => this.#reap()),
      sweep(5_000, () => this.#publish()),
      sweep(10_000, () => transact(parts.database, (trx) => sweepQueue(trx, PER_BATCH))),
      sweep(parts.renewMs, async () => {
        await seeProcess(reading(parts.database), parts.processId());
        return 0;
      }),
    ];
  }

  async run(): Promise<number> {
    let found = 0;
    for (const sweep of this.#sweeps) {
      const now = performance.now();
      if (now < sweep.dueAt) continue;
      sweep.dueAt = now + sweep.everyMs;
      const here = await this.#runOne(sweep);
      if (here > 0) sweep.dueAt = now;
      found += here;
    }
    return found;
  }

  /** A sweep that fails (a defect) keeps nothing else from running. */
  async #runOne(sweep: Sweep): Promise<number> {
    try {
      return await sweep.run();
    } catch (error) {
      const { database, emit } = this.#parts;
      if (database.dialect.isOutage(error)) throw error;
      emit('defect', {
        where: 'a sweep of the scheduler',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      return 0;
    }
  }

  /** A batch that is not full has folded all there was. */
  async #foldCounts(): Promise<number> {
    const folded = await transact(this.#parts.database, foldCounts);
    return folded < FOLD_AT_MOST ? 0 : folded;
  }

  async #settleWanted(): Promise<number> {
    let found = 0;
    for (let after = 0; ; ) {
      const id = await nextJobWanting(reading(this.#parts.database), after);
      if (id === undefined) return found;
      after = id;
      found += await settleWanted(this.#parts, await this.#parts.jobs.get(id));
    }
  }

  async #breakCircles(): Promise<number> {
    const reader = reading(this.#parts.database);
    let found = 0;
    for (const id of await runningJobs(reader)) {
      if (!(await isStalled(reader, id))) continue;
      found += (await breakCircle(this.#parts, await this.#parts.jobs.get(id))) ? 1 : 0;
    }
    return found;
  }

  async #reap(): Promise<number> {
    const { database, maxLost, ids, emit } = this.#parts;
    const { lost, retried } = await transact(database, (trx) =>
      reapLost(trx, { maxLost, ids, limit: PER_BATCH }),
    );
    if (lost > 0) emit('attempts_lost', { count: lost, retried });
    return lost;
  }

  async #publish(): Promise<number> {
    const { database, areas, emit } = this.#parts;
    const stale = await stalePublications(reading(database), UNPUBLISHED_MS, PER_BATCH);
    const impossible = await publish(reading(database), areas, stale);
    for (const { address, reason } of impossible) emit('unpublishable', { address, reason });
    return stale.length;
  }
}
