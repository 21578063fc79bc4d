/** When and where attempts ran: the slots of workers, each taken by one attempt at a time. */
export interface Turn {
  readonly workerId: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

export class Slots {
  readonly #workers: readonly number[];
  readonly #freeAt: number[];

  /** @param workerIds one for each slot */
  constructor(workerIds: readonly number[], from: number) {
    this.#workers = workerIds;
    this.#freeAt = workerIds.map(() => from);
  }

  get count(): number {
    return this.#workers.length;
  }

  get firstFree(): number {
    return Math.min(...this.#freeAt);
  }

  get lastFree(): number {
    return Math.max(...this.#freeAt);
  }

  /** On the slot that idled for the shortest time, else on the first that will be free. */
  take(readyAt: number, lastsMs: number): Turn {
    const slot = this.#choose(readyAt);
    const startedAt = Math.max(readyAt, this.#freeAt[slot] ?? 0) + 2;
    const endedAt = startedAt + lastsMs;
    this.#freeAt[slot] = endedAt;
    return { workerId: this.#workers[slot] ?? 0, startedAt, endedAt };
  }

  #choose(readyAt: number): number {
    let [best, bestAt] = [-1, Number.NEGATIVE_INFINITY];
    let [first, firstAt] = [0, Number.POSITIVE_INFINITY];
    for (const [slot, freeAt] of this.#freeAt.entries()) {
      if (freeAt <= readyAt && freeAt > bestAt) [best, bestAt] = [slot, freeAt];
      if (freeAt < firstAt) [first, firstAt] = [slot, freeAt];
    }
    return best < 0 ? first : best;
  }
}
