/** One field of CSV for whoever reads it next: a file, a spreadsheet, a terminal. */
import { csvText } from '../words/csv.ts';
import { printable } from '../words/text.ts';
import { terminalWidth } from './terminal.ts';

/** On a terminal, harmless to it. */
export function csvField(text: string): string {
  const field = csvText(text);
  return terminalWidth() === undefined ? field : printable(field);
}
