/** The SQL queue: workers look at the table themselves, at once when this process has just filled it, else at a pace. */
import { Pace, Wake } from '../runtime/wake.ts';
import type { Offer, Queue, Subscription } from './queue.ts';

const SHORTEST_MS = 2;
const LONGEST_MS = 100;

export class SqlQueue implements Queue {
  readonly kind = 'sql';
  readonly #wake = new Wake();

  publish(): Promise<void> {
    this.#wake.notify();
    return Promise.resolve();
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  subscribe(): Subscription {
    return new SqlSubscription(this.#wake);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class SqlSubscription implements Subscription {
  readonly #wake: Wake;
  readonly #pace = new Pace(SHORTEST_MS, LONGEST_MS);
  #found = true;

  constructor(wake: Wake) {
    this.#wake = wake;
  }

  async next(_limit: number, waitMs: number, signal: AbortSignal): Promise<Offer> {
    if (!this.#found) await this.#wake.wait(Math.min(waitMs, this.#pace.delayMs), signal);
    return signal.aborted ? { kind: 'nothing' } : { kind: 'any', olderThanMs: 0 };
  }

  settle(_offer: Offer, claimed: number): void {
    this.#found = claimed > 0;
    if (this.#found) this.#pace.found();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
