import type { Value } from './values.ts';

/** Whether a value counts as true, as in Python: zero and whatever is empty does not. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== null && value !== false && value !== 0 && value !== 0n && value !== '';
}
