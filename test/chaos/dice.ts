/** The choices of a run. The same seed and stream give the same choices in the same order; streams do not disturb one another. */
import { seededRandom } from '../../core/model/random.ts';

const STREAMS = 16;

export class Dice {
  readonly #next: () => number;

  /** @param stream below 16 */
  constructor(seed: number, stream: number) {
    this.#next = seededRandom(seed * STREAMS + stream);
  }

  /** A whole number from 0 to `end - 1`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** A whole number, both ends included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** One of them, as often as its weight says. */
  weighted<T extends { readonly weight: number }>(choices: readonly T[]): T {
    let rest = this.#next() * choices.reduce((sum, { weight }) => sum + weight, 0);
    for (const choice of choices) {
      rest -= choice.weight;
      if (rest < 0) return choice;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new Error('there is nothing to choose from');
    return last;
  }
}
