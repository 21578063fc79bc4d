/**
 * The bounds of an expression, and the meter that keeps an evaluation inside them.
 *
 * Time is bounded without a clock, which a pure model does not have: the language has no loops and no recursion,
 * every operation costs at least one step, operations on texts and lists cost steps in proportion to the
 * characters or elements they touch, and ints are bounded in bits. So the number of steps bounds the work.
 * Powers, repeats, shifts, widths and precisions are judged from their operands, before anything is computed.
 */
import { exceed } from './fault.ts';

export interface EvaluationLimits {
  /** Operations, plus one for each element touched and for each 64 characters made. */
  readonly steps: number;
  /** UTF-16 units of one string. */
  readonly textLength: number;
  /** Elements of one list. */
  readonly listLength: number;
  /** Magnitude of an int. */
  readonly intBits: number;
  /** Levels of lists and dicts within one another. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: EvaluationLimits = {
  steps: 100_000,
  textLength: 1_000_000,
  listLength: 100_000,
  intBits: 4_096,
  depth: 100,
};

/** Bounds that hold for the source, before there is an evaluation. */
export const SOURCE_LENGTH = 10_000;
export const NESTING = 100;
/** The parser takes longer chains for errors, and nobody reads them either. */
export const OPERATORS = 300;

/** Widths of formats, and digits after the point: a double has no more than 1,074. */
export const FORMAT_WIDTH = 10_000;
export const FORMAT_PRECISION = 1_100;

export class Meter {
  readonly limits: EvaluationLimits;
  /** Where in the source the evaluation is: errors are reported here. */
  at = 0;
  #spent = 0;

  constructor(limits: EvaluationLimits) {
    this.limits = limits;
  }

  step(at: number): void {
    this.at = at;
    this.spend(1);
  }

  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.limits.steps) exceed(`more than ${this.limits.steps} steps`);
  }

  /** For a text about to be made, or just made out of texts that were themselves bounded. */
  text(length: number): void {
    this.checkText(length);
    this.characters(length);
  }

  /** Characters touched or made. */
  characters(count: number): void {
    this.spend(count >> 6);
  }

  checkText(length: number): void {
    if (length > this.limits.textLength) exceed(`a string of more than ${this.limits.textLength} characters`);
  }

  list(length: number): void {
    if (length > this.limits.listLength) exceed(`a list of more than ${this.limits.listLength} elements`);
    this.spend(length);
  }

  /** Looking for one text in another may compare every character of the one with every one of the other. */
  search(haystack: string, needle: string): void {
    this.spend(Math.floor((haystack.length * needle.length) / 16_384));
  }

  /** For an int about to be computed. */
  bits(bits: number | bigint): void {
    if (bits > this.limits.intBits) exceed(`an int of more than ${this.limits.intBits} bits`);
  }

  int(value: bigint): bigint {
    if (value !== BigInt.asIntN(64, value)) this.bits(bitLength(value));
    return value;
  }

  checkDepth(depth: number): void {
    if (depth >= this.limits.depth) exceed(`lists and dicts nested more than ${this.limits.depth} deep`);
  }
}

/** Bits of the magnitude, as Python's `int.bit_length`. */
export function bitLength(value: bigint): number {
  const digits = (value < 0n ? -value : value).toString(16);
  return (digits.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(digits.charAt(0), 16));
}
