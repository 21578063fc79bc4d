/** The beginning of a text as a table, when it is one: fields between commas or blanks, as many in every row; comments (`#`) left out. */

export interface PreviewTable {
  /** Of the first line when it holds words; else null. */
  readonly titles: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
  /** There are more rows. */
  readonly cut: boolean;
}

const MOST_ROWS = 200;
const MOST_COLUMNS = 100;

/** @param cut the text goes on: its last line may be half of one */
export function readPreviewTable(text: string, cut: boolean): PreviewTable | null {
  const lines = text.split(/\r?\n/);
  if (cut) lines.pop();
  const told = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [first] = told;
  if (first === undefined) return null;
  const separator = first.includes(',') ? /\s*,\s*/ : /\s+/;
  const rows = told.slice(0, MOST_ROWS + 1).map((line) => line.trim().split(separator));
  const [titles, ...others] = rows;
  const columns = titles?.length ?? 0;
  const isTable = columns > 1 && columns <= MOST_COLUMNS && rows.every((row) => row.length === columns);
  if (titles === undefined || !isTable || others.length === 0) return null;
  const body = titles.some((field) => isNumber(field)) ? rows : others;
  if (!body.every((row) => row.some(isNumber))) return null;
  const isCut = cut || told.length > MOST_ROWS + 1;
  return { titles: body === others ? titles : null, rows: body.slice(0, MOST_ROWS), cut: isCut };
}

const isNumber = (field: string) =>
  field !== '' && (Number.isFinite(Number(field)) || /^[+-]?nan$/i.test(field));
