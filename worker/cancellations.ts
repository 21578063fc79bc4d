/**
 * Looks now and then whether somebody wants an attempt ended that this worker holds. One that runs is asked to stop and,
 * after a grace period, killed with its whole process group; the outcome is committed when its processes are gone.
 * One that has not started is given back. What has ended meanwhile has come first.
 */
import type { Database } from '../core/db/open.ts';
import { reading } from '../core/db/transaction.ts';
import { attemptsToEnd } from '../core/store/cancellations.ts';
import type { Held, Holdings } from './holdings.ts';

export interface CancellationParts {
  readonly database: Database;
  readonly holdings: Holdings;
  readonly workerId: number;
  readonly giveBack: (held: readonly Held[]) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 1_000;

export class Cancellations {
  readonly #parts: CancellationParts;
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(parts: CancellationParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { database, holdings, workerId, giveBack, onError } = this.#parts;
    if (this.#looking || holdings.size === 0) return;
    this.#looking = true;
    try {
      const wanted = await attemptsToEnd(reading(database), workerId);
      const held = wanted.flatMap((id) => holdings.get(id) ?? []);
      await giveBack(held.filter((each) => holdings.cancel(each)));
    } catch (error) {
      onError(error);
    } finally {
      this.#looking = false;
    }
  }
}
