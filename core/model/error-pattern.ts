/**
 * What errors have in common: their telling line with numbers, paths, names in quotes and long hexadecimal words taken out, so that the
 * same mistake made at a thousand files counts as one.
 */

const LONGEST = 200;

/** @param tail the end of the text, where it was cut: tracebacks and programs say last what went wrong */
export function errorPattern(head: string, tail = head): string {
  return tellingLine(head, tail)
    .replace(/(["'`])(?:(?!\1).){1,300}\1/g, '$1…$1')
    .replace(/(?:[\w.@+=~-]*\/)+[\w.@+=~-]+/g, '<path>')
    .replace(/\b(?:0x)?[0-9a-f]{8,}\b/gi, (word) => (/^\d+$/.test(word) ? '#' : '<hex>'))
    .replace(/\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/gi, '#')
    .slice(0, LONGEST);
}

export function tellingLine(head: string, tail = head): string {
  const lines = head.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line !== '') ?? '';
  const isHeading = first.startsWith('Traceback') || first.endsWith(':'); // what follows says what went wrong
  if (!isHeading) return first;
  return (
    tail
      .split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? first
  );
}
