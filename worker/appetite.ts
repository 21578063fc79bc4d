/**
 * How many attempts a worker takes on: one per slot, and, while its tasks are short, as many more as its slots will
 * have run in a moment. So a stream of tasks of a millisecond costs a transaction per fifty, and a worker of tasks of
 * an hour holds none that another could run.
 */
const MOMENT_MS = 20;
const AHEAD_AT_MOST = 64;
const MEMORY = 0.1;

export class Appetite {
  readonly #slots: number;
  /** Smoothed; unknown at first. */
  #durationMs = Number.POSITIVE_INFINITY;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** A task took so long. A long one counts in full at once. */
  ate(durationMs: number): void {
    const known = Number.isFinite(this.#durationMs) ? this.#durationMs : durationMs;
    this.#durationMs = Math.max(
      durationMs > MOMENT_MS ? durationMs : 0,
      known + MEMORY * (durationMs - known),
    );
  }

  /** How many to claim, when so many are claimed or executing. */
  room(held: number): number {
    const ahead = Math.min(
      AHEAD_AT_MOST,
      Math.floor((this.#slots * MOMENT_MS) / Math.max(this.#durationMs, 0.1)),
    );
    const room = this.#slots + ahead - held;
    // Claim when there is something to gain: a free slot, or half of what may be taken ahead.
    return held < this.#slots || room >= ahead / 2 ? room : 0;
  }
}
