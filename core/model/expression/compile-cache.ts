/**
 * What was compiled lately, by source. Two generations: when the younger is full the older one is dropped and the
 * younger takes its place, so what is used at least once in a generation stays, and a hit costs one look-up (keeping
 * exact order would cost more than most evaluations). Failures are not kept.
 */

export class CompileCache<Made> {
  readonly #half: number;
  #younger = new Map<string, Made>();
  #older = new Map<string, Made>();

  /** Never more than `capacity` (2 or more) entries, among them the `capacity / 2` used last. */
  constructor(capacity: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2));
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  /** The entry of this source, made when there is none. */
  take(source: string, make: (source: string) => Made): Made {
    const young = this.#younger.get(source);
    if (young !== undefined) return young;
    const made = this.#older.get(source) ?? make(source);
    if (this.#younger.size >= this.#half) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#older.delete(source);
    this.#younger.set(source, made);
    return made;
  }
}
