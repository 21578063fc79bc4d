/**
 * Reading everything as it stood at one instant, while others go on writing: one connection, one transaction that
 * only reads. It locks nothing; what it costs a server is that old row versions are kept until it ends, and SQLite
 * that its log grows meanwhile.
 */
import { type SelectQueryBuilder, sql } from 'kysely';
import type { TableShape } from './catalogue.ts';
import type { Database } from './open.ts';
import type { Tables } from './tables.ts';
import type { Reader } from './transaction.ts';

export async function inSnapshot<T>(
  { kysely, dialect }: Database,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  return await kysely.connection().execute(async (connection) => {
    if (dialect.name === 'sqlite') await sql`begin`.execute(connection);
    else {
      await sql`set transaction isolation level repeatable read`.execute(connection);
      await sql`start transaction with consistent snapshot, read only`.execute(connection);
    }
    try {
      return await work({ kysely: connection, dialect });
    } finally {
      await sql`rollback`.execute(connection).catch(() => undefined); // there is nothing to undo
    }
  });
}

/** All rows of a table in the order of its primary key, one by one: never more than one is held. */
export async function* streamRows({ kysely, dialect }: Reader, table: TableShape): AsyncGenerator<unknown[]> {
  const names = table.columns.map(({ name }) => name);
  const asText = new Set(dialect.name === 'mysql' ? fractions(table) : []);
  const query = kysely
    .selectFrom(table.name as keyof Tables)
    .select(
      names.map((name) => (asText.has(name) ? sql`cast(${sql.ref(name)} as char)` : sql.ref(name)).as(name)),
    );
  const ordered = table.key.reduce(
    (before, name) => before.orderBy(sql.ref(name)),
    query as SelectQueryBuilder<Tables, keyof Tables, Record<string, unknown>>,
  );
  for await (const row of ordered.stream()) yield names.map((name) => exact(row[name], asText.has(name)));
}

/** mysql2 reads the text of a DOUBLE itself, and is wrong in the last digit of one in forty. */
const fractions = ({ columns }: TableShape) =>
  columns.filter(({ kind }) => kind === 'number').map(({ name }) => name);

const exact = (value: unknown, isText: boolean): unknown =>
  isText && value !== null ? Number(value) : value;

export async function countRows({ kysely }: Reader, table: string): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as \`rows\` from ${sql.table(table)}`.execute(
    kysely,
  );
  return Number(rows[0]?.rows ?? 0);
}
