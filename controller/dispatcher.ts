/**
 * Dispatch, fair between jobs: jobs first, tasks second. The queue of each worker class is kept just long enough that
 * no worker waits for the scheduler, so that a job which comes later is never behind more than a moment's work. What is
 * of a worse rank takes no room from what is better: it would be claimed later anyway.
 */
import type { Database } from '../core/db/open.ts';
import { reading, type Transaction, transact } from '../core/db/transaction.ts';
import type { Queue } from '../core/queue/queue.ts';
import { CountChanges } from '../core/store/counts.ts';
import { dispatch, type QueueEntry } from '../core/store/dispatch.ts';
import type { Ids } from '../core/store/ids.ts';
import { lockTasks, partition } from '../core/store/locked-tasks.ts';
import { type Pauses, readPauses } from '../core/store/pauses.ts';
import { setAside } from '../core/store/pausing.ts';
import { firstInLine, type JobInLine, leaveLine } from '../core/store/ready.ts';
import { Turns } from './turns.ts';

const SHORTEST_QUEUE = 32;
const LONGEST_QUEUE = 5_000;
/** The queue holds what workers have taken in about this time. */
const HORIZON_MS = 500;
/** While a task type is paused, so many are looked at for some that are not of it. */
const LOOKED_AT = 500;

export interface DispatcherParts {
  readonly database: Database;
  readonly queue: Queue;
  readonly ids: Ids;
}

interface Dispatched {
  readonly entries: readonly QueueEntry[];
  /** How many tasks have left the line. */
  readonly left: number;
}

/** One per worker class. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #turns: Turns;
  readonly workerClass: string;
  #depth = 0;
  #depthAt = performance.now();
  /** How many attempts were claimed within the horizon, about. */
  #taken = 0;

  constructor(parts: DispatcherParts, workerClass: string) {
    this.#parts = parts;
    this.#turns = new Turns(workerClass);
    this.workerClass = workerClass;
  }

  /** Returns how many tasks have left the line. */
  async round(pauses: Pauses): Promise<number> {
    if (pauses.all) return 0;
    const jobs = await this.#turns.look(reading(this.#parts.database), (id) => pauses.holdsJob(id));
    if (jobs.length === 0) return 0;
    const depths = await this.#depths();
    const wanted = this.#wanted([...depths.values()].reduce((sum, each) => sum + each, 0));
    let left = 0;
    for (const [rank, group] of Map.groupBy(jobs, (job) => job.rank)) {
      let before = 0;
      for (const [other, depth] of depths) before += other <= rank ? depth : 0;
      left += await this.#serve(group, { room: wanted - before, depths });
    }
    return left;
  }

  /** Jobs of one rank share the room alike. */
  async #serve(
    jobs: readonly JobInLine[],
    { room, depths }: { room: number; depths: Map<number, number> },
  ): Promise<number> {
    let [rest, left] = [room, 0];
    for (const job of jobs) {
      if (rest <= 0) break;
      const limit = Math.min(Math.ceil(rest), Math.ceil(room / jobs.length));
      const dispatched = await this.#dispatch(job, limit);
      await this.#parts.queue.publish(dispatched.entries);
      this.#turns.served(job);
      const { length } = dispatched.entries;
      rest -= length;
      left += dispatched.left;
      this.#depth += length;
      depths.set(job.rank, (depths.get(job.rank) ?? 0) + length);
    }
    return left;
  }

  /** Rank -> entries in the queue. */
  async #depths(): Promise<Map<number, number>> {
    const { kysely } = this.#parts.database;
    const rows = await kysely
      .selectFrom('queue_entries')
      .select((entry) => ['rank', entry.fn.countAll<number>().as('depth')])
      .where('worker_class', '=', this.workerClass)
      .groupBy('rank')
      .execute();
    return new Map(rows.map(({ rank, depth }) => [rank, Number(depth)]));
  }

  /** How long the queue is to be. */
  #wanted(depth: number): number {
    const now = performance.now();
    const taken = Math.max(0, this.#depth - depth);
    this.#taken = taken + this.#taken * Math.exp((this.#depthAt - now) / HORIZON_MS);
    this.#depth = depth;
    this.#depthAt = now;
    return Math.min(LONGEST_QUEUE, Math.max(SHORTEST_QUEUE, this.#taken));
  }

  /** The pauses are read along with the tasks: what was paused meanwhile stays in line. */
  async #dispatch({ jobId, rank }: JobInLine, limit: number): Promise<Dispatched> {
    const { database, ids } = this.#parts;
    return await transact(database, async (trx) => {
      const pauses = await readPauses(trx);
      if (pauses.holdsJob(jobId)) return { entries: [], left: 0 };
      const looked = pauses.types.size > 0 ? Math.max(limit, LOOKED_AT) : limit;
      const line = await firstInLine(trx, this.workerClass, jobId, { limit: looked, rank });
      if (line.length === 0) return { entries: [], left: 0 };
      const tasks = await lockTasks(
        trx,
        line.map(({ id }) => id),
      );
      const [held, free] = partition(tasks, (task) => pauses.holds(task));
      const chosen = inOrder(free).slice(0, limit);
      const leaving = [...held, ...chosen];
      await leaveLine(trx, this.workerClass, jobId, leaving);
      await setAside(trx, held.filter(isReady));
      return { entries: await dispatchReady(trx, chosen.filter(isReady), ids), left: leaving.length };
    });
  }
}

const isReady = ({ state }: { state: string }) => state === 'ready';

const inOrder = <T extends { id: number; rank: number }>(tasks: readonly T[]): T[] =>
  [...tasks].sort((a, b) => a.rank - b.rank || a.id - b.id);

async function dispatchReady(
  trx: Transaction,
  tasks: Parameters<typeof dispatch>[1],
  ids: Ids,
): Promise<QueueEntry[]> {
  const counts = new CountChanges();
  const entries = await dispatch(trx, tasks, { ids, counts });
  await counts.write(trx);
  return entries;
}
