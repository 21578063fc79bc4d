/** The rows of a resource as CSV, CRLF between lines. */
import { csvText } from '../core/words/csv.ts';
import type { Row } from './resource.ts';

/** A header of all columns, in the order in which they first appear. */
export function toCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => csvText(String(row[column] ?? ''))).join(','));
  return `${[columns.map(csvText).join(','), ...lines].join('\r\n')}\r\n`;
}
