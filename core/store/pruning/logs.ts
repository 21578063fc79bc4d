/** Log lines of attempts, which must have ended. */
import { sql } from 'kysely';
import { forIds } from '../../db/rows.ts';
import { transact } from '../../db/transaction.ts';
import { type Pruning, removeRows } from './pruning.ts';

const CHUNKS_PER_BATCH = 5_000;

/** In batches by the number of chunks; an attempt is never cut. */
export async function removeLogs(pruning: Pruning, attemptIds: readonly number[]): Promise<void> {
  const { database, dryRun } = pruning;
  const logs = await forIds(attemptIds, (part) =>
    database.kysely
      .selectFrom('log_chunks')
      .select((row) => ['attempt_id', row.fn.countAll<number>().as('chunks')])
      .select(sql<number>`sum(octet_length(content))`.as('bytes'))
      .where('attempt_id', 'in', part)
      .groupBy('attempt_id')
      .execute(),
  );
  const remove = async (ids: readonly number[]) => {
    const from = { table: 'log_chunks', column: 'attempt_id', ids } as const;
    if (!dryRun && ids.length > 0) await transact(database, (trx) => removeRows({ ...trx, dryRun }, from));
  };
  let batch: number[] = [];
  let chunks = 0;
  for (const log of logs) {
    batch.push(log.attempt_id);
    chunks += Number(log.chunks);
    pruning.add('logs', { count: 1, rows: Number(log.chunks), bytes: Number(log.bytes) });
    if (chunks < CHUNKS_PER_BATCH) continue;
    await remove(batch);
    batch = [];
    chunks = 0;
  }
  await remove(batch);
}
