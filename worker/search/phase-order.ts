/**
 * The samples of a curve in the order of their phase at one period. Phases are spread over as many bins as there are
 * samples, then put in order among their neighbours: as good as linear in time, where a general sort is not.
 * Equal phases keep the order of time, so that the same samples give the same order.
 */
export class PhaseOrder {
  readonly #time: Float64Array;
  /** Of each sample in order of time. */
  readonly #phases: Float64Array;
  /** Of each bin, where its next sample goes. */
  readonly #places: Int32Array;
  /** The samples in order, by their index in time. */
  readonly index: Int32Array;

  /** `time`: days, from 0. */
  constructor(time: Float64Array) {
    this.#time = time;
    this.#phases = new Float64Array(time.length);
    this.#places = new Int32Array(time.length + 1);
    this.index = new Int32Array(time.length);
  }

  fold(period: number): void {
    this.#findPhases(period);
    const count = this.index.length;
    const places = this.#places;
    for (let bin = 1; bin <= count; bin++) places[bin] = (places[bin] ?? 0) + (places[bin - 1] ?? 0);
    for (let sample = 0; sample < count; sample++) {
      const bin = ((this.#phases[sample] ?? 0) * count) | 0;
      const place = places[bin] ?? 0;
      this.index[place] = sample;
      places[bin] = place + 1;
    }
    this.#sortNeighbours();
  }

  /** Phase of the sample at a place in the order; places past the end are those of the next turn. */
  phaseAt(place: number): number {
    const count = this.index.length;
    const turn = place < count ? 0 : 1;
    return turn + (this.#phases[this.index[place - turn * count] ?? 0] ?? 0);
  }

  /** Counts, beside the phases, the samples of each bin one place further on. */
  #findPhases(period: number): void {
    const count = this.#time.length;
    const places = this.#places.fill(0);
    const frequency = 1 / period;
    for (let sample = 0; sample < count; sample++) {
      const turns = (this.#time[sample] ?? 0) * frequency;
      const phase = turns - Math.floor(turns);
      this.#phases[sample] = phase;
      const next = ((phase * count) | 0) + 1;
      places[next] = (places[next] ?? 0) + 1;
    }
  }

  #sortNeighbours(): void {
    const { index } = this;
    const phases = this.#phases;
    for (let from = 1; from < index.length; from++) {
      const sample = index[from] ?? 0;
      const phase = phases[sample] ?? 0;
      let place = from;
      while (place > 0 && (phases[index[place - 1] ?? 0] ?? 0) > phase) {
        index[place] = index[place - 1] ?? 0;
        place--;
      }
      index[place] = sample;
    }
  }
}
