/**
 * What this operating-system process has counted since it began: told with its sign of life (core/store/processes.ts), and from there to
 * whoever watches (`/metrics`). A scheduler and workers of one process share it. Counting costs an addition.
 */

const COUNTED = [
  'database_conflicts', // transactions that were tried again: deadlocks, lock waits, a busy file
  'database_outages', // times that the database did not answer
  'attempts_lost', // by workers that went silent, found by this scheduler
  'attempts_retried', // that failed, and whose tasks were to be tried again
  'leases_lost', // attempts that a worker of this process did not hold any more
  'ticks', // steps of this scheduler
] as const;

export type Counted = (typeof COUNTED)[number];

export interface Report extends Readonly<Record<Counted, number>> {
  /** In steps of the scheduler, in all. */
  readonly tick_ms: number;
  /** Since the report before: the longest step, and the longest time from the end of one step to that of the next. */
  readonly longest_tick_ms: number;
  readonly longest_lag_ms: number;
  readonly resident_bytes: number;
}

class Tally {
  readonly #counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<Counted, number>;
  #tickMs = 0;
  #longestTickMs = 0;
  #longestLagMs = 0;
  #tickedAt: number | undefined;

  add(name: Counted, count = 1): void {
    this.#counts[name] += count;
  }

  /** @param beganAt of the step that ends now, by `performance.now()` */
  tick(beganAt: number): void {
    const now = performance.now();
    const took = now - beganAt;
    this.add('ticks');
    this.#tickMs += took;
    this.#longestTickMs = Math.max(this.#longestTickMs, took);
    this.#longestLagMs = Math.max(this.#longestLagMs, now - (this.#tickedAt ?? beganAt));
    this.#tickedAt = now;
  }

  /** The longest are found anew from here on. */
  report(): Report {
    const longest = { longest_tick_ms: this.#longestTickMs, longest_lag_ms: this.#longestLagMs };
    [this.#longestTickMs, this.#longestLagMs] = [0, 0];
    return {
      ...this.#counts,
      tick_ms: Math.round(this.#tickMs),
      ...longest,
      resident_bytes: process.memoryUsage.rss(),
    };
  }
}

export const tally = new Tally();
