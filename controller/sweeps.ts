/**
 * Sweeps: what a scheduler looks after now and then, each in bounded batches. Several schedulers may sweep at once:
 * every sweep passes over the rows that another holds, or is harmless when done twice.
 */
import type { Database } from '../core/db/open.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { InstallationPolicy } from '../core/model/policy-keys.ts';
import type { TaskType } from '../core/model/task-type.ts';
import type { Areas } from '../core/runtime/areas.ts';
import type { Emit } from '../core/runtime/events.ts';
import { OutputArea } from '../core/runtime/output-area.ts';
import { FOLD_AT_MOST, foldCounts } from '../core/store/counts.ts';
import type { Ids } from '../core/store/ids.ts';
import { runningJobs } from '../core/store/jobs.ts';
import { isStalled, nextJobWanting } from '../core/store/missing.ts';
import { storeOutages } from '../core/store/outages.ts';
import { readPauses } from '../core/store/pauses.ts';
import {
  bringBack,
  dropPausesOfEndedJobs,
  isAnyYounger,
  recallHeld,
  typeLeftAside,
} from '../core/store/pausing.ts';
import { seeProcess } from '../core/store/processes.ts';
import { publish, stalePublications } from '../core/store/publications.ts';
import { sampleQueue } from '../core/store/queue-samples.ts';
import { dropOldRecords } from '../core/store/records-retention.ts';
import { sweepQueue } from '../core/store/returns.ts';
import { FOLD_USAGES_AT_MOST, foldUsages } from '../core/store/usage-counts.ts';
import { AttemptWatch } from './attempt-watch.ts';
import type { CompiledJobs } from './compiled-jobs.ts';
import { breakCircle, settleWanted } from './missing-inputs.ts';

export interface SweepParts {
  readonly database: Database;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly areas: Areas;
  readonly emit: Emit;
  readonly ids: Ids;
  readonly jobs: CompiledJobs;
  readonly defaults: InstallationPolicy;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly processId: () => number;
}

const PER_BATCH = 200;
const SAMPLE_MS = 5_000;
const UNPUBLISHED_MS = 5_000;
/** Whoever dispatches has seen a pause that is older. */
const UNSEEN_MS = 60_000;

interface Sweep {
  readonly everyMs: number;
  /** Returns how much it found; when it found anything it runs again at the next step. */
  run(): Promise<number>;
  dueAt: number;
}

export class Sweeps {
  readonly #parts: SweepParts;
  readonly #watch: AttemptWatch;
  readonly #sweeps: Sweep[];
  readonly #area: OutputArea;

  constructor(parts: SweepParts) {
    this.#parts = parts;
    this.#watch = new AttemptWatch(parts);
    this.#area = new OutputArea(parts.areas, parts.emit);
    const sweep = (everyMs: number, run: () => Promise<number>): Sweep => ({ everyMs, run, dueAt: 0 });
    this.#sweeps = [
      sweep(200, () => this.#settleWanted()),
      sweep(1_000, () => this.#foldCounts()),
      sweep(2_000, () => this.#foldUsages()),
      sweep(SAMPLE_MS, () => this.#sample()),
      sweep(1_000, () => this.#storeOutages()),
      sweep(60_000, () => transact(parts.database, dropOldRecords)),
      sweep(1_000, () => this.#heedPauses()),
      sweep(2_000, () => this.#breakCircles()),
      sweep(Math.min(5_000, parts.leaseMs / 4), () => this.#watch.reap()),
      sweep(200, () => this.#watch.releaseDue()),
      sweep(1_000, () => this.#watch.endOverdue()),
      sweep(1_000, () => this.#watch.cancel()),
      sweep(5_000, () => this.#publish()),
      sweep(10_000, () => transact(parts.database, (trx) => sweepQueue(trx, PER_BATCH))),
      sweep(parts.renewMs, async () => {
        await transact(parts.database, (trx) => seeProcess(trx, parts.processId()));
        return 0;
      }),
    ];
  }

  /** After an outage: some of them write, so that a step which passes tells that it is over. */
  runAllNext(): void {
    for (const sweep of this.#sweeps) sweep.dueAt = 0;
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

  async #foldUsages(): Promise<number> {
    const folded = await transact(this.#parts.database, foldUsages);
    return folded < FOLD_USAGES_AT_MOST ? 0 : folded;
  }

  /** What is found is nothing to do. */
  async #sample(): Promise<number> {
    const { database, leaseMs } = this.#parts;
    await sampleQueue(database, { aliveWithinMs: leaseMs, apartMs: SAMPLE_MS * 0.8 });
    return 0;
  }

  async #storeOutages(): Promise<number> {
    await storeOutages(this.#parts.database, this.#parts.processId());
    return 0;
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

  /** What was dispatched at the moment of a pause is taken back; what no pause holds any more is brought back in line. */
  async #heedPauses(): Promise<number> {
    const { database } = this.#parts;
    const pauses = await readPauses(reading(database));
    const type = await typeLeftAside(database, pauses);
    if (type !== undefined) return await transact(database, (trx) => bringBack(trx, type));
    await dropPausesOfEndedJobs(database, pauses);
    return (await isAnyYounger(database, UNSEEN_MS)) ? await recallHeld(database, pauses) : 0;
  }

  async #publish(): Promise<number> {
    const { database, emit } = this.#parts;
    const stale = await stalePublications(reading(database), UNPUBLISHED_MS, PER_BATCH);
    const { impossible, failures } = await publish(reading(database), this.#area.areas, stale);
    for (const { address, reason } of impossible) emit('unpublishable', { address, reason });
    for (const failure of failures) await this.#area.report(failure, 'a public name');
    if (failures.length > 0) return 0; // not again at once
    await this.#area.lookAgain();
    return stale.length;
  }
}
