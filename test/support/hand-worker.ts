/** A worker without slots, driven by a test: it claims and commits when told to, and what it claims runs nowhere. */
import type { Database } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import { type ClaimedTask, claim } from '../../core/store/claims.ts';
import { type Committed, commitAttempts } from '../../core/store/completions.ts';
import type { QueueEntry } from '../../core/store/dispatch.ts';
import { Ids } from '../../core/store/ids.ts';

export class HandWorker {
  readonly #database: Database;
  readonly #ids: Ids;
  readonly id: number;

  constructor(database: Database, id: number) {
    this.#database = database;
    this.#ids = new Ids(database, 100);
    this.id = id;
  }

  /** With hints, what they bring. */
  async claim(limit: number, hints?: readonly QueueEntry[]): Promise<ClaimedTask[]> {
    const named = hints === undefined ? {} : { entries: hints };
    const wish = { workerClass: 'default', workerId: this.id, leaseMs: 60_000, limit, ...named };
    return await transact(this.#database, (trx) => claim(trx, wish));
  }

  /** All end well. */
  async commit(tasks: readonly ClaimedTask[]): Promise<Committed> {
    const completions = tasks.map((task) => ({
      ...{ task, succeeded: true, exitClass: undefined, exitCode: undefined, exitSignal: undefined },
      allowance: undefined,
      ...{ error: undefined, metadata: '{}', versions: [], wallMs: 1, cpuMs: 1, peakMemoryBytes: 1 },
    }));
    const self = { workerId: this.id, ids: this.#ids };
    return await transact(this.#database, (trx) => commitAttempts(trx, completions, self));
  }

  /** Claims and commits whatever is in the queue; returns what it was, in that order. */
  async drain(atOnce = 50): Promise<ClaimedTask[]> {
    const all: ClaimedTask[] = [];
    for (;;) {
      const tasks = await this.claim(atOnce);
      if (tasks.length === 0) return all;
      await this.commit(tasks);
      all.push(...tasks);
    }
  }
}
