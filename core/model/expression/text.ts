/**
 * Strings as Python counts them, in code points, where JavaScript counts UTF-16 units. Texts without surrogates, nearly
 * all there are, cost nothing extra.
 */

const SURROGATE = /[\ud800-\udfff]/;

export function lengthOf(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** The text as something that can be indexed by character. */
export function charactersOf(text: string): readonly string[] | string {
  return SURROGATE.test(text) ? Array.from(text) : text;
}

/** The first characters of a text. */
export function truncateText(text: string, length: number): string {
  return SURROGATE.test(text) ? Array.from(text).slice(0, length).join('') : text.slice(0, length);
}

/** Order by code points. Negative, zero or positive. */
export function compareTexts(left: string, right: string): number {
  if (!SURROGATE.test(left) && !SURROGATE.test(right)) return left < right ? -1 : Number(left > right);
  const shortest = Math.min(left.length, right.length);
  let at = 0;
  while (at < shortest && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  return at === shortest
    ? left.length - right.length
    : rankOf(left.charCodeAt(at)) - rankOf(right.charCodeAt(at));
}

/** Surrogates stand for characters above all others, but their codes are below the last of the others. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
