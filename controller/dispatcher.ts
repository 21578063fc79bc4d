/**
 * Dispatch, fair between jobs: jobs first, tasks second. The queue of each worker class is kept just long enough that
 * no worker waits for the scheduler, so that a job which comes later is never behind more than a moment's work.
 */
import type { Database } from '../core/db/open.ts';
import { reading, type Transaction, transact } from '../core/db/transaction.ts';
import type { Queue } from '../core/queue/queue.ts';
import { CountChanges } from '../core/store/counts.ts';
import { dispatch, type QueueEntry } from '../core/store/dispatch.ts';
import type { Ids } from '../core/store/ids.ts';
import { lockTasks } from '../core/store/locked-tasks.ts';
import { firstInLine, leaveLine, nextJobInLine } from '../core/store/ready.ts';

const JOBS_PER_ROUND = 50;
const SHORTEST_QUEUE = 32;
const LONGEST_QUEUE = 5_000;
/** The queue holds what workers take in this time. */
const HORIZON_MS = 500;

export interface DispatcherParts {
  readonly database: Database;
  readonly queue: Queue;
  readonly ids: Ids;
}

/** One per worker class. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly workerClass: string;
  #lastJob = 0;
  #depth = 0;
  #depthAt = performance.now();
  /** Attempts claimed per millisecond, smoothed. */
  #rate = 0;

  constructor(parts: DispatcherParts, workerClass: string) {
    this.#parts = parts;
    this.workerClass = workerClass;
  }

  /** Returns how many tasks were dispatched. */
  async round(): Promise<number> {
    const jobs = await this.#jobsInLine();
    if (jobs.length === 0) return 0;
    const room = (await this.#room()) / jobs.length;
    let dispatched = 0;
    for (const jobId of jobs) {
      if (room <= 0) break;
      const entries = await this.#dispatch(jobId, Math.ceil(room));
      await this.#parts.queue.publish(entries);
      dispatched += entries.length;
    }
    this.#depth += dispatched;
    return dispatched;
  }

  /** Jobs take turns: each round goes on after the job where the one before stopped. */
  async #jobsInLine(): Promise<number[]> {
    const reader = reading(this.#parts.database);
    const jobs: number[] = [];
    let after = this.#lastJob;
    for (let wrapped = false; jobs.length < JOBS_PER_ROUND; ) {
      const job = await nextJobInLine(reader, this.workerClass, after);
      if (job === undefined && wrapped) break;
      if (job === undefined) {
        wrapped = true;
        after = 0;
        continue;
      }
      if (jobs.includes(job)) break;
      jobs.push(job);
      after = job;
    }
    this.#lastJob = jobs.at(-1) ?? 0;
    return jobs;
  }

  async #room(): Promise<number> {
    const { kysely } = this.#parts.database;
    const row = await kysely
      .selectFrom('queue_entries')
      .select((entry) => entry.fn.countAll<number>().as('depth'))
      .where('worker_class', '=', this.workerClass)
      .executeTakeFirst();
    const depth = Number(row?.depth ?? 0);
    const now = performance.now();
    const taken = Math.max(0, this.#depth - depth) / Math.max(1, now - this.#depthAt);
    this.#rate = Math.max(taken, 0.9 * this.#rate + 0.1 * taken);
    this.#depth = depth;
    this.#depthAt = now;
    const wanted = Math.min(LONGEST_QUEUE, Math.max(SHORTEST_QUEUE, this.#rate * HORIZON_MS));
    return wanted - depth;
  }

  async #dispatch(jobId: number, limit: number): Promise<QueueEntry[]> {
    const { database, ids } = this.#parts;
    return await transact(database, async (trx) => {
      const line = await firstInLine(trx, this.workerClass, jobId, limit);
      if (line.length === 0) return [];
      await leaveLine(trx, this.workerClass, jobId, line);
      return await dispatchReady(
        trx,
        line.map(({ id }) => id),
        ids,
      );
    });
  }
}

async function dispatchReady(trx: Transaction, taskIds: readonly number[], ids: Ids): Promise<QueueEntry[]> {
  const counts = new CountChanges();
  const tasks = (await lockTasks(trx, taskIds)).filter(({ state }) => state === 'ready');
  const entries = await dispatch(trx, tasks, { ids, counts });
  await counts.write(trx);
  return entries;
}
