/** The database's clock, the only one that instants of rows are told by. */
import type { Reader } from '../db/transaction.ts';

/** The database's clock, for rows that are inserted in bulk. */
export async function readNow({ kysely, dialect }: Reader): Promise<number> {
  const row = await kysely.selectNoFrom(dialect.now.as('now')).executeTakeFirstOrThrow();
  return Number(row.now);
}
