/** Throughput, samples of the queue and outages are kept for a while; schedulers remove what is older, a little at a time. */
import { sql } from 'kysely';
import type { Transaction } from '../db/transaction.ts';
import { readNow } from './clock.ts';

const KEPT_MS = 14 * 86_400_000;
const PER_BATCH = 500;

/** Each with the instant by which it is indexed. */
const RECORDS = { throughput: 'minute', queue_samples: 'at', outages: 'ended_at' } as const;

/** Returns how many rows went; the oldest go first, those of one instant together. */
export async function dropOldRecords(trx: Transaction): Promise<number> {
  const before = (await readNow(trx)) - KEPT_MS;
  let dropped = 0;
  for (const [table, column] of Object.entries(RECORDS)) {
    const instant = sql.ref<number>(column);
    const { rows } = await sql<{ at: number }>`
      select ${instant} as at from ${sql.table(table)} where ${instant} < ${before}
      order by ${instant} limit ${sql.lit(PER_BATCH)}`.execute(trx.kysely);
    const last = rows.at(-1);
    if (last === undefined) continue;
    const gone = await sql`delete from ${sql.table(table)} where ${instant} <= ${last.at}`.execute(
      trx.kysely,
    );
    dropped += Number(gone.numAffectedRows ?? 0);
  }
  return dropped;
}
