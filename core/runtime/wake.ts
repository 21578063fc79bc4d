/** Waiting: for a wake-up within the process, for a time, or for the end; and how long to wait when nobody wakes us. */

/** Wakes whoever waits. A wake-up while nobody waits is kept for the next one. */
export class Wake {
  #pending = false;
  #waiters = new Set<() => void>();

  notify(): void {
    if (this.#waiters.size === 0) this.#pending = true;
    for (const wake of [...this.#waiters]) wake();
  }

  /** Resolves after `ms`, when woken, or when `signal` is aborted. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#pending || signal?.aborted === true) {
      this.#pending = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
      this.#waiters.add(done);
    });
  }
}

/**
 * How long to wait before looking again: a twentieth of the time since something was last found, between bounds.
 * So looking is never late by more than a twentieth of what was waited for, and an idle process costs little.
 */
export class Pace {
  readonly #shortestMs: number;
  readonly #longestMs: number;
  #foundAt = performance.now();

  constructor(shortestMs: number, longestMs: number) {
    this.#shortestMs = shortestMs;
    this.#longestMs = longestMs;
  }

  found(): void {
    this.#foundAt = performance.now();
  }

  get delayMs(): number {
    const share = (performance.now() - this.#foundAt) / 20;
    return Math.min(this.#longestMs, Math.max(this.#shortestMs, share));
  }
}
