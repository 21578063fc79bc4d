/**
 * The heartbeat of a worker: it says that the process is alive and prolongs the leases of what it holds. What turns out
 * not to be its own any more is disowned; without news from the database for nearly a lease, nothing is its own.
 */
import type { Database } from '../core/db/open.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { Emit } from '../core/runtime/events.ts';
import { renewLeases } from '../core/store/claims.ts';
import { seeProcess } from '../core/store/processes.ts';
import type { Holdings } from './holdings.ts';

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
  #renewedAt = performance.now();

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#renew(), parts.renewMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { database, holdings, workerId, leaseMs, renewMs, onError } = this.#parts;
    const ids = holdings.attemptIds;
    try {
      await seeProcess(reading(database), workerId);
      const kept = await transact(database, (trx) => renewLeases(trx, ids, { workerId, leaseMs }));
      this.#renewedAt = performance.now();
      for (const id of ids) if (!kept.has(id)) this.#disown(id);
    } catch (error) {
      onError(error);
      if (performance.now() - this.#renewedAt > leaseMs - renewMs) for (const id of ids) this.#disown(id);
    }
  }

  #disown(attemptId: number): void {
    const { holdings, emit } = this.#parts;
    const held = holdings.get(attemptId);
    if (held !== undefined && holdings.disown(held)) emit('lease_lost', { attempt: attemptId });
  }
}
