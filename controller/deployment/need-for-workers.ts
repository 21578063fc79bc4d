/**
 * How many instances of a worker class are needed. More are asked for when work has waited for a while: what those that are there
 * take in a moment needs no others. Fewer only when fewer have been enough for a while, and never fewer than what runs
 * needs, so that nothing that runs is ended for it. No I/O, no clock.
 */

export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** How long work waits before more workers are asked for. Where there are none it does not. */
  readonly patienceMs: number;
  /** How long fewer must have been enough. */
  readonly coolDownMs: number;
}

/** Of one worker class. */
export interface Demand {
  /** Attempts in the queue, and ready tasks that stand in line for it. */
  readonly waiting: number;
  /** Of the attempt that has waited longest; null when none waits. */
  readonly oldestMs: number | null;
  readonly running: number;
  /** Of one instance. */
  readonly slots: number;
}

export class NeedForWorkers {
  readonly #bounds: Bounds;
  readonly #beganAt: number;
  /** What was needed within the last cool-down. */
  #recent: { readonly at: number; readonly need: number }[] = [];

  /** @param now milliseconds of any clock that only goes forward */
  constructor(bounds: Bounds, now: number) {
    this.#bounds = bounds;
    this.#beganAt = now;
  }

  /** How many there should be, where there are `current`. */
  next(demand: Demand, current: number, now: number): number {
    const { min, max, patienceMs, coolDownMs } = this.#bounds;
    const bound = (count: number) => Math.min(max, Math.max(min, count));
    const need = bound(Math.ceil((demand.waiting + demand.running) / demand.slots));
    this.#recent = [...this.#recent.filter(({ at }) => at > now - coolDownMs), { at: now, need }];
    if (need > current) {
      const isWaiting = current === 0 || current < min || (demand.oldestMs ?? 0) >= patienceMs;
      return isWaiting ? need : bound(current);
    }
    if (now - this.#beganAt < coolDownMs) return bound(current);
    return bound(Math.min(current, Math.max(...this.#recent.map((each) => each.need))));
  }
}
