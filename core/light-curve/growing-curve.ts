/** A light curve whose length is not known yet: rows are added one by one, capacity doubles. */
import { allocateLightCurve, type LightCurve, sliceLightCurve } from './light-curve.ts';
import { at } from './samples.ts';

/** Four years at 1 s: beyond it a file is no light curve, and memory would not hold it. */
const MAX_SAMPLES = 130_000_000;

export class GrowingCurve {
  #curve = allocateLightCurve(4096);
  length = 0;

  /** Returns what is wrong when there is no room for another row. */
  add(time: number, flux: number, flag: number, uncertainty: number): string | undefined {
    if (this.length === this.#curve.time.length) {
      if (this.length >= MAX_SAMPLES) return `more than ${MAX_SAMPLES} samples`;
      this.#grow();
    }
    const row = this.length++;
    this.#curve.time[row] = time;
    this.#curve.flux[row] = flux;
    this.#curve.flag[row] = flag;
    this.#curve.uncertainty[row] = uncertainty;
    return undefined;
  }

  get lastTime(): number {
    return this.length === 0 ? -Infinity : at(this.#curve.time, this.length - 1);
  }

  finish(): LightCurve {
    return sliceLightCurve(this.#curve, 0, this.length);
  }

  #grow(): void {
    const larger = allocateLightCurve(2 * this.length);
    larger.time.set(this.#curve.time);
    larger.flux.set(this.#curve.flux);
    larger.flag.set(this.#curve.flag);
    larger.uncertainty.set(this.#curve.uncertainty);
    this.#curve = larger;
  }
}
