/**
 * Shapes: what is known of a text before its expressions are evaluated. A shape is a list of literal parts,
 * and of nulls that stand for any text (also none). A text without expressions is a shape of one part.
 *
 * Comparing shapes is exact for shapes as such; a shape itself may allow more than its expression can give,
 * so "may match" can be wrong in one direction only.
 */
export type Shape = readonly (string | null)[];

/** The text, when all of it is known. */
export function literalOf(shape: Shape): string | undefined {
  return shape.includes(null) ? undefined : shape.join('');
}

/** Whether some text has both shapes. Takes time proportional to the lengths of the shapes. */
export function shapesMayMatch(a: Shape, b: Shape): boolean {
  const textA = literalOf(a);
  if (textA !== undefined) return matchesShape(textA, b);
  const textB = literalOf(b);
  if (textB !== undefined) return matchesShape(textB, a);
  // Both have an open part: it can hold all that stands in the middle of the other, so only the ends can disagree.
  return sameStart(headOf(a), headOf(b)) && sameEnd(tailOf(a), tailOf(b));
}

export function matchesShape(text: string, shape: Shape): boolean {
  const parts = splitAtNulls(shape);
  const head = parts[0] ?? '';
  if (parts.length <= 1) return text === head;
  const tail = parts.at(-1) ?? '';
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at); // the first place that fits leaves most room for the rest
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The parts between nulls: one more than there are nulls, each possibly empty. */
function splitAtNulls(shape: Shape): string[] {
  const parts = [''];
  for (const part of shape) {
    if (part === null) parts.push('');
    else parts[parts.length - 1] += part;
  }
  return parts;
}

function headOf(shape: Shape): string {
  return splitAtNulls(shape)[0] ?? '';
}

function tailOf(shape: Shape): string {
  return splitAtNulls(shape).at(-1) ?? '';
}

function sameStart(a: string, b: string): boolean {
  return a.length < b.length ? b.startsWith(a) : a.startsWith(b);
}

function sameEnd(a: string, b: string): boolean {
  return a.length < b.length ? b.endsWith(a) : a.endsWith(b);
}
