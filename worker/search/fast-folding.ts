/**
 * The phase profiles of a series at many neighbouring frequencies, for much less than a fold of all samples for each.
 *
 * The series is cut into 64 stretches of equal time. Over one stretch, neighbouring frequencies fold alike: all are
 * folded once, at the middle frequency of the 64. Four stretches at a time are put together into a longer one, at four
 * times as many frequencies, and so on until one part is the whole series and the 64 frequencies are apart; each
 * part is turned by the phase that it is ahead at its middle (Staelin's fast folding of 1969, by fours instead of
 * twos). Every sample is in a profile exactly once; what is approximate is its bin: by 0.7 in the mean square, by four
 * at most, where neighbouring frequencies are three bins apart over the whole.
 */
import { at, lowerBound } from '../../core/light-curve/samples.ts';
import type { Series } from './folded-boxes.ts';

const BRANCHES = 4;
const LEVELS = 3;

/** How many frequencies are folded together, and of how many stretches. */
export const SECTION_SIZE = BRANCHES ** LEVELS;

export interface FoldedSection {
  /** 1/d: the first frequency, and the step to the next. */
  readonly start: number;
  readonly step: number;
  /** Per turn. */
  readonly bins: number;
}

/** Room, in bins, for the rounding at both ends of a part that is shorter than a turn. */
const MARGIN = 3;

/** The series in parts of equal length, each at SECTION_SIZE / parts frequencies, one profile after another. */
class Level {
  readonly parts: number;
  readonly frequencies: number;
  /** Of one part. */
  readonly days: number;
  /** Pairs of weight and weighted flux; the first is at the phase at which the part begins. */
  profiles = new Float64Array(0);
  /** Bins of a profile: a turn, or less where the part is shorter. */
  bins = 0;

  constructor(parts: number, span: number) {
    this.parts = parts;
    this.frequencies = SECTION_SIZE / parts;
    this.days = span / parts;
  }

  clear({ start, step, bins }: FoldedSection): void {
    const reach = Math.ceil(this.days * (start + SECTION_SIZE * step) * bins) + MARGIN;
    this.bins = Math.min(bins, reach);
    const length = 2 * SECTION_SIZE * this.bins;
    if (this.profiles.length < length) this.profiles = new Float64Array(length);
    else this.profiles.fill(0, 0, length);
  }

  /** The middle of the frequencies that a profile stands for. */
  frequency({ start, step }: FoldedSection, index: number): number {
    return start + ((index + 0.5) * this.parts - 0.5) * step;
  }
}

export class FastFolding {
  readonly #series: Series;
  /** Weight times flux of each sample. */
  readonly #moments: Float64Array;
  /** Days: where the series begins. */
  readonly #first: number;
  /** Index of the first sample of each stretch, and the end. */
  readonly #bounds: readonly number[];
  /** From the whole series to stretches. */
  readonly #levels: readonly Level[];
  readonly #stretches: Level;

  constructor(series: Series) {
    const { time, flux, weight } = series;
    const first = at(time, 0);
    const span = at(time, time.length - 1) - first;
    this.#series = series;
    this.#moments = flux.map((each, index) => each * (weight[index] ?? 0));
    this.#first = first;
    this.#bounds = Array.from({ length: SECTION_SIZE + 1 }, (_, index) =>
      index === SECTION_SIZE ? time.length : lowerBound(time, first + index * (span / SECTION_SIZE)),
    );
    this.#stretches = new Level(SECTION_SIZE, span);
    const wholes = Array.from({ length: LEVELS }, (_, level) => new Level(BRANCHES ** level, span));
    this.#levels = [...wholes, this.#stretches];
  }

  /** The profiles at all frequencies of the section, each of 2 x `bins` numbers; valid until the next call. */
  fold(section: FoldedSection): Float64Array {
    for (const level of this.#levels) level.clear(section);
    for (let part = 0; part < SECTION_SIZE; part++) this.#foldStretch(section, part);
    let parts = this.#stretches;
    for (const level of this.#levels.slice(0, -1).reverse()) {
      this.#merge(section, parts, level);
      parts = level;
    }
    return parts.profiles;
  }

  #merge(section: FoldedSection, parts: Level, wholes: Level): void {
    for (let to = 0; to < SECTION_SIZE; to++) {
      const index = to % wholes.frequencies;
      const own = Math.floor(index / BRANCHES);
      const frequency = wholes.frequency(section, index);
      const ahead = (frequency - parts.frequency(section, own)) * 0.5 * parts.days;
      const firstPart = BRANCHES * Math.floor(to / wholes.frequencies);
      for (let place = 0; place < BRANCHES; place++) {
        // The whole series is brought to the phase of time 0; every other part begins at its own.
        const begin = place * parts.days + (wholes.parts === 1 ? this.#first : 0);
        const from = (firstPart + place) * parts.frequencies + own;
        addTurned(parts, from, { wholes, to, section, turn: frequency * begin + ahead });
      }
    }
  }

  #foldStretch(section: FoldedSection, part: number): void {
    const { time, weight } = this.#series;
    const { bins } = section;
    const frequency = this.#stretches.frequency(section, 0);
    const profiles = this.#stretches.profiles;
    const begin = this.#first + part * this.#stretches.days;
    const start = part * this.#stretches.bins;
    const end = this.#bounds[part + 1] ?? 0;
    for (let index = this.#bounds[part] ?? 0; index < end; index++) {
      const turns = ((time[index] ?? 0) - begin) * frequency;
      const pair = 2 * (start + (((turns - Math.floor(turns)) * bins) | 0));
      profiles[pair] = (profiles[pair] ?? 0) + (weight[index] ?? 0);
      profiles[pair + 1] = (profiles[pair + 1] ?? 0) + (this.#moments[index] ?? 0);
    }
  }
}

interface Target {
  readonly wholes: Level;
  readonly to: number;
  readonly section: FoldedSection;
  /** How far the part is ahead, in turns. */
  readonly turn: number;
}

/** Adds one profile to one of the next level, to the nearest bin. */
function addTurned(parts: Level, from: number, { wholes, to, section: { bins }, turn }: Target): void {
  const room = wholes.bins;
  const exact = Math.round(turn * bins);
  const shift =
    room === bins ? exact - Math.floor(exact / bins) * bins : Math.min(room - parts.bins, Math.max(0, exact));
  const first = 2 * to * room;
  const source = 2 * from * parts.bins;
  const before = Math.min(parts.bins, room - shift);
  addPairs(wholes.profiles, first + 2 * shift, { source: parts.profiles, from: source, count: before });
  const rest = { source: parts.profiles, from: source + 2 * before, count: parts.bins - before };
  addPairs(wholes.profiles, first, rest);
}

interface Pairs {
  readonly source: Float64Array;
  /** Counted in numbers. */
  readonly from: number;
  readonly count: number;
}

function addPairs(target: Float64Array, to: number, { source, from, count }: Pairs): void {
  const start = to | 0; // whole numbers for the compiler: it takes the result of a division for a fraction, at twice the time
  const end = (to + 2 * count) | 0;
  const back = (from - to) | 0;
  for (let index = start; index < end; index += 2) {
    target[index] = (target[index] ?? 0) + (source[index + back] ?? 0);
    target[index + 1] = (target[index + 1] ?? 0) + (source[index + back + 1] ?? 0);
  }
}
