/**
 * A job file that could be read: its value, and where each part of it stands in the text.
 * Positions are looked up only for problems, so a good file never pays for them.
 */
import type { Value } from '../model/values.ts';
import type { Path } from './problem.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The key of an object's member, or its value. */
export type Part = 'key' | 'value';

export interface Source {
  readonly value: Value;
  /** Offset in the text of the place that `path` leads to, or of the nearest place around it. */
  offsetOf(path: Path, part: Part): number;
  /** Offset in the text of character `index` of the string at `path`; of its start where escapes make that unsure. */
  offsetInString(path: Path, part: Part, index: number): number;
  position(offset: number): Position;
}

/** Offset -> line and column. Lines end with LF, CR LF or CR. */
export function lineIndex(text: string): (offset: number) => Position {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
