/**
 * Column tables. On a terminal they fit its width: the widest columns give way first, their cells cut at the end with
 * an ellipsis. Anywhere else nothing is cut, so that what a program reads is complete.
 */
import stringWidth from 'string-width';
import { printable } from '../words/text.ts';
import { type Colour, paint } from './style.ts';
import { terminalWidth } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

export interface PaintedCell {
  readonly text: string;
  readonly colour: Colour;
}

export type Cell = string | number | PaintedCell;

const GAP = 2;
const NARROWEST = 6;

/** @param width columns of the terminal; without it nothing is cut */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number | undefined = terminalWidth(),
): string[] {
  const texts = rows.map((row) => row.map(textOf));
  const natural = columns.map(({ title }, at) => widest([title, ...texts.map((row) => row[at] ?? '')]));
  const widths = width === undefined ? natural : narrow(natural, width);
  const head = columns.map((column, at) =>
    place({ text: column.title, colour: 'bold' }, widths[at] ?? 0, column),
  );
  const lines = rows.map((row, line) =>
    columns.map((column, at) => {
      const cell = row[at];
      const colour = typeof cell === 'object' ? cell.colour : undefined;
      return place({ text: texts[line]?.[at] ?? '', colour }, widths[at] ?? 0, column);
    }),
  );
  return [head, ...lines].map((cells) => cells.join(' '.repeat(GAP)).trimEnd());
}

/** The widths that the columns get: the widest are narrowed until all fit, none below a few characters. */
function narrow(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const room = width - GAP * (natural.length - 1);
  for (;;) {
    const over = widths.reduce((sum, each) => sum + each, 0) - room;
    const largest = Math.max(...widths);
    if (over <= 0 || largest <= NARROWEST) return widths;
    const next = Math.max(NARROWEST, ...widths.filter((each) => each < largest));
    const at = widths.lastIndexOf(largest);
    const step = Math.max(1, Math.min(over, largest - next));
    widths[at] = largest - step;
  }
}

/** Cuts at characters as people see them, never within one. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function place(
  { text, colour }: { text: string; colour: Colour | undefined },
  width: number,
  { right = false }: Column,
): string {
  const cut = cutTo(text, width);
  const padding = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  const painted = colour === undefined ? cut : paint(colour, cut);
  return right ? padding + painted : painted + padding;
}

function textOf(cell: Cell): string {
  return printable(typeof cell === 'object' ? cell.text : String(cell));
}

const widest = (texts: readonly string[]) =>
  texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
