/**
 * The heartbeat of a worker: it says that the process is alive and prolongs the leases of what it holds. What turns out
 * not to be its own any more is disowned; without news from the database for nearly a lease, nothing is its own. In an
 * outage it tries every second, since every lease depends on it.
 */
import type { Database } from '../core/db/open.ts';
import { meetOutage, passOutage } from '../core/db/outage.ts';
import { transact } from '../core/db/transaction.ts';
import type { Emit } from '../core/runtime/events.ts';
import { tally } from '../core/runtime/tally.ts';
import { renewLeases } from '../core/store/claims.ts';
import { storeOutages } from '../core/store/outages.ts';
import { seeProcess } from '../core/store/processes.ts';
import type { Holdings } from './holdings.ts';

const RETRY_MS = 1_000;

export interface LeaseParts {
  readonly database: Database;
  readonly holdings: Holdings;
  readonly emit: Emit;
  readonly workerId: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly onError: (error: unknown) => void;
}

export class Leases {
  readonly #parts: LeaseParts;
  readonly #timer: NodeJS.Timeout;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;
  #renewedAt = performance.now();

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#renew(), parts.renewMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
  }

  async #renew(): Promise<void> {
    const { database, emit, holdings, workerId, leaseMs, renewMs, onError } = this.#parts;
    clearTimeout(this.#retry);
    const ids = holdings.attemptIds;
    const askedAt = performance.now(); // the lease cannot begin earlier; its answer may come late
    try {
      const kept = await transact(database, async (trx) => {
        await seeProcess(trx, workerId);
        return await renewLeases(trx, ids, { workerId, leaseMs });
      });
      this.#renewedAt = askedAt;
      passOutage({ database, emit }, this);
      for (const id of ids) if (!kept.has(id)) this.#disown(id);
      await storeOutages(database, workerId);
    } catch (error) {
      if (!meetOutage({ database, emit }, error, this)) onError(error);
      else if (renewMs > RETRY_MS && !this.#isStopped)
        this.#retry = setTimeout(() => void this.#renew(), RETRY_MS);
      if (performance.now() - this.#renewedAt > leaseMs - renewMs) for (const id of ids) this.#disown(id);
    }
  }

  #disown(attemptId: number): void {
    const { holdings, emit } = this.#parts;
    const held = holdings.get(attemptId);
    if (held === undefined || !holdings.disown(held)) return;
    tally.add('leases_lost');
    emit('lease_lost', { attempt: attemptId });
  }
}
