/** Of several schedulers that come to do the same at once, one does it: the others pass over it, and wait for nothing. */
import type { Transaction } from '../db/transaction.ts';

/** Until the end of the transaction. */
export async function isOurTurn({ kysely, dialect }: Transaction): Promise<boolean> {
  const row = await kysely
    .selectFrom('installation')
    .select('name')
    .where('name', '=', 'schema_version')
    .modifyEnd(dialect.skipLocked)
    .executeTakeFirst();
  return row !== undefined;
}
