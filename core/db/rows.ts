/** Many rows in few statements: bulk inserts, and lists of ids cut to a size that every database takes. */
import { CompiledQuery, type Insertable } from 'kysely';
import type { Tables } from './tables.ts';
import type { Reader } from './transaction.ts';

const PARAMETERS_PER_STATEMENT = 10_000;
const IDS_PER_STATEMENT = 1_000;

/** All rows must have the keys of the first. The text is built here: a query builder costs 20 times more per row. */
export async function insertRows<T extends keyof Tables & string>(
  { kysely, dialect }: Reader,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const quote = dialect.name === 'mysql' ? '`' : '"';
  const head = `insert into ${table} (${columns.map((column) => `${quote}${column}${quote}`).join(', ')}) values `;
  const tuple = `(${columns.map(() => '?').join(', ')})`;
  for (const part of chunks(rows, Math.floor(PARAMETERS_PER_STATEMENT / columns.length))) {
    const values = part.flatMap((row) =>
      columns.map((column) => (row as Record<string, unknown>)[column] ?? null),
    );
    await kysely.executeQuery(CompiledQuery.raw(head + part.map(() => tuple).join(', '), values));
  }
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}

/** Runs a query for each part of a long list of ids (ascending, so that locks are taken in one order). */
export async function forIds<T>(
  ids: readonly number[],
  query: (part: number[]) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  const ordered = [...new Set(ids)].sort((a, b) => a - b);
  for (const part of chunks(ordered, IDS_PER_STATEMENT)) found.push(...(await query(part)));
  return found;
}
