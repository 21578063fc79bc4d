/**
 * Sums over samples in order, from which the sum of any window follows in a few steps, however wide it is: of the samples
 * themselves, and of the samples times a chain of straight lines (`Bends` of transit-template.ts).
 */
import type { Bends } from './transit-template.ts';

/** Sums over samples in order: `totals[n]` of those before n, `ramps[n + 1]` of (k - n) x[k] over those after n. */
export class RunningSums {
  readonly totals: Float64Array;
  /** One place on, so that windows may bend at the sample before the first. */
  readonly ramps: Float64Array;

  constructor(length: number) {
    this.totals = new Float64Array(length + 1);
    this.ramps = new Float64Array(length + 2);
  }

  take(values: Float64Array): void {
    for (let index = 0; index < values.length; index++) {
      this.totals[index + 1] = (this.totals[index] ?? 0) + (values[index] ?? 0);
    }
    this.#addRamps();
  }

  takeProducts(values: Float64Array, factors: Float64Array): void {
    for (let index = 0; index < values.length; index++) {
      this.totals[index + 1] = (this.totals[index] ?? 0) + (values[index] ?? 0) * (factors[index] ?? 0);
    }
    this.#addRamps();
  }

  #addRamps(): void {
    const { totals, ramps } = this;
    const last = totals.length - 1;
    const all = totals[last] ?? 0;
    ramps[last + 1] = 0;
    ramps[last] = 0;
    for (let place = last - 1; place >= 0; place--) {
      ramps[place] = (ramps[place + 1] ?? 0) + all - (totals[place] ?? 0);
    }
  }
}

/**
 * The sum of the samples, each times the function that the bends describe, in the window that begins at `start`. Four
 * sums side by side: a processor adds to one of them while the others are still under way.
 */
export function weigh({ place, change }: Bends, ramps: Float64Array, start: number): number {
  const shift = start + 1;
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let bend = 0; bend < place.length; bend += 4) {
    first += (change[bend] ?? 0) * (ramps[shift + (place[bend] ?? 0)] ?? 0);
    second += (change[bend + 1] ?? 0) * (ramps[shift + (place[bend + 1] ?? 0)] ?? 0);
    third += (change[bend + 2] ?? 0) * (ramps[shift + (place[bend + 2] ?? 0)] ?? 0);
    fourth += (change[bend + 3] ?? 0) * (ramps[shift + (place[bend + 3] ?? 0)] ?? 0);
  }
  return first + second + (third + fourth);
}
