/**
 * Why and how an attempt is made to end early: asked once, by cancellation or by its timeout, and forced when the
 * grace period is over.
 */

export type StopReason = 'cancelled' | 'timeout';

/** The longest delay that timers can take: 24.8 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

interface StopOptions {
  readonly signal: AbortSignal | undefined;
  readonly graceMs: number;
  /** Asks the task to stop. */
  ask(): void;
  /** Ends it. */
  force(): void;
}

export class StopRequest {
  readonly #options: StopOptions;
  #timeout: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #reason: StopReason | undefined;

  constructor(options: StopOptions) {
    this.#options = options;
    options.signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  /** From the instant at which the task itself starts. */
  startTimeout(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined || this.#reason !== undefined) return;
    this.#timeout = setTimeout(() => this.request('timeout'), Math.min(timeoutMs, MAX_DELAY_MS));
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** The first reason stays. */
  request(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#grace = setTimeout(this.#options.force, this.#options.graceMs);
    this.#options.ask();
  }

  dispose(): void {
    clearTimeout(this.#timeout);
    clearTimeout(this.#grace);
    this.#options.signal?.removeEventListener('abort', this.#cancel);
  }

  readonly #cancel = (): void => this.request('cancelled');
}
