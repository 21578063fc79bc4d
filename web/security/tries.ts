/**
 * Passwords are tried by guessers too. After a few wrong ones for a name each further try has to wait, longer each time, whoever
 * makes it and whether or not there is such a user. A try counts as wrong until it has turned out right, so that many at once are not
 * many for free. Kept in memory, bounded: a restart forgives.
 */
import { HttpRefusal } from '../problems.ts';

const FREE = 3;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
const FORGOTTEN_MS = 15 * 60_000;
const NAMES_AT_MOST = 10_000;

interface Tries {
  readonly wrong: number;
  readonly waitUntil: number;
  readonly forgetAt: number;
}

export class NameDelays {
  readonly #tries = new Map<string, Tries>();
  readonly #now: () => number;

  /** @param now a clock of milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts it as wrong; refuses it when it is too early. */
  begin(name: string): void {
    const now = this.#now();
    const { wrong, waitUntil } = this.#recent(name, now);
    if (waitUntil > now) throw new TooManyTries(waitUntil - now);
    const delay = wrong < FREE ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (wrong - FREE));
    this.#tries.delete(name); // the map stands in order of the last try
    this.#tries.set(name, { wrong: wrong + 1, waitUntil: now + delay, forgetAt: now + FORGOTTEN_MS });
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= NAMES_AT_MOST) break;
      this.#tries.delete(oldest);
    }
  }

  wasRight(name: string): void {
    this.#tries.delete(name);
  }

  #recent(name: string, now: number): Pick<Tries, 'wrong' | 'waitUntil'> {
    const tries = this.#tries.get(name);
    return tries === undefined || tries.forgetAt <= now ? { wrong: 0, waitUntil: 0 } : tries;
  }
}

export class TooManyTries extends HttpRefusal {
  readonly retryAfterSeconds: number;

  constructor(waitMs: number) {
    const seconds = Math.ceil(waitMs / 1_000);
    super(429, 'Too many tries', `Wait ${seconds} s, then try again.`);
    this.retryAfterSeconds = seconds;
  }
}

/** Something that is said once in a while, however often it happens. */
export class Seldom {
  readonly #everyMs: number;
  readonly #atMost: number;
  readonly #said = new Map<string, number>();

  /** @param atMost so many different things in that time */
  constructor(everyMs: number, atMost: number) {
    this.#everyMs = everyMs;
    this.#atMost = atMost;
  }

  isDue(what: string): boolean {
    const now = performance.now();
    for (const [other, at] of this.#said) if (at + this.#everyMs <= now) this.#said.delete(other);
    if (this.#said.has(what) || this.#said.size >= this.#atMost) return false;
    this.#said.set(what, now);
    return true;
  }
}
