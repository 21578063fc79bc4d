/**
 * The bounded look: rows are read on along an index, batch by batch, until enough of them are wanted or so many were looked at.
 * It says how many, and where to go on; what lies beyond is never claimed not to exist.
 */

const FIRST_BATCH = 64;

export interface Look<Row, Found, Cursor> {
  /** Rows wanted, and rows looked at, at most. */
  readonly limit: number;
  readonly most: number;
  /** Rows of one statement, after smaller ones; without it, a page and one more, which is all that a look without a filter needs. */
  readonly batch?: number;
  readonly from: Cursor | undefined;
  readonly read: (from: Cursor | undefined, limit: number) => Promise<readonly Row[]>;
  /** For each row what is wanted of it, in their order; undefined for one that is not. */
  readonly keep: (rows: readonly Row[]) => Promise<readonly (Found | undefined)[]>;
  readonly cursorOf: (row: Row) => Cursor;
}

export interface Looked<Found, Cursor> {
  readonly found: readonly Found[];
  readonly looked: number;
  /** To go on from there; null when the end was reached. */
  readonly next: Cursor | null;
}

export async function lookAlong<Row, Found, Cursor>(
  look: Look<Row, Found, Cursor>,
): Promise<Looked<Found, Cursor>> {
  const { limit, most, batch = limit + 1 } = look;
  const found: Found[] = [];
  let [looked, from] = [0, look.from];
  // often what is wanted stands close by
  for (let wish = Math.max(limit + 1, FIRST_BATCH); ; wish *= 4) {
    const size = Math.min(wish, batch, most - looked);
    const rows = await look.read(from, size);
    const kept = await look.keep(rows);
    for (const [at, row] of rows.entries()) {
      looked++;
      from = look.cursorOf(row);
      const each = kept[at];
      if (each !== undefined) found.push(each);
      const isLast = at === rows.length - 1 && rows.length < size;
      if (found.length === limit) return { found, looked, next: isLast ? null : from };
    }
    if (rows.length < size) return { found, looked, next: null };
    if (looked >= most) return { found, looked, next: from ?? null };
  }
}
