/**
 * What may be away for a while (the database, the output area) is waited for with growing pauses, and said aloud once
 * when it goes and once when it is back, however many things wait for it. It is back when all that waited have passed:
 * a small write that finds room on a full disk says nothing about a large one.
 */
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export class Outage {
  readonly #waiting = new Set<unknown>();
  #isOn = false;

  /** `who` cannot go on; `say` tells people, unless they have been told. */
  met(who: unknown, say: () => void): void {
    this.#waiting.add(who);
    if (!this.#isOn) say();
    this.#isOn = true;
  }

  passed(who: unknown, say: () => void): void {
    this.#waiting.delete(who);
    if (!this.#isOn || this.#waiting.size > 0) return;
    this.#isOn = false;
    say();
  }

  /** `who` no longer waits, though nothing is known to be back. */
  gaveUp(who: unknown): void {
    this.#waiting.delete(who);
  }
}

export interface Patience {
  readonly outage: Outage;
  /** Answers how the outage is said, or undefined for any other error, which is the caller's. */
  readonly recognise: (error: unknown) => Promise<(() => void) | undefined>;
  readonly sayOver: () => void;
  /** Ends the waiting: what was tried rejects with the outage. */
  readonly signal?: AbortSignal | undefined;
}

/** Repeats `work` as long as it meets the outage. */
export async function waitOut<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const { outage, recognise, sayOver, signal } = patience;
  const who = {};
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      const result = await work();
      outage.passed(who, sayOver);
      return result;
    } catch (error) {
      const say = await recognise(error);
      if (say !== undefined) outage.met(who, say);
      if (say === undefined || signal?.aborted === true) {
        outage.gaveUp(who);
        throw error;
      }
      const wait = pauseMs * (0.5 + Math.random());
      await delay(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}
