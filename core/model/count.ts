/**
 * How often something will happen: exactly, or between bounds. An open upper bound is Infinity.
 * Counts beyond 2^53 are approximate, which is near enough for a plan.
 */
export interface Count {
  readonly min: number;
  readonly max: number;
}

export const NONE: Count = { min: 0, max: 0 };
export const ONCE: Count = { min: 1, max: 1 };
export const ANY: Count = { min: 0, max: Number.POSITIVE_INFINITY };

export function exactly(count: number): Count {
  return { min: count, max: count };
}

export function add(a: Count, b: Count): Count {
  return { min: a.min + b.min, max: a.max + b.max };
}

export function multiply(a: Count, b: Count): Count {
  return { min: a.min * b.min, max: timesOpen(a.max, b.max) };
}

/** One or the other, not known which. */
export function either(a: Count, b: Count): Count {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** Nothing times no bound is nothing. */
function timesOpen(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

/** `24`, `1,000`, `0 to 24`, `1 or more`, `any number`. */
export function renderCount({ min, max }: Count): string {
  if (min === max) return number(min);
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? 'any number' : `${number(min)} or more`;
  return `${number(min)} to ${number(max)}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
