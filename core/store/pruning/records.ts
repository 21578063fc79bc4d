/** Schedulers and workers that are long gone, and the record of what people did. */
import { sql } from 'kysely';
import { transact } from '../../db/transaction.ts';
import { type Pruning, removeRows } from './pruning.ts';

const PER_BATCH = 500;
/** A process may have been frozen, and come back. */
const SILENT_MS = 86_400_000;

/** Not those that hold an attempt. */
export async function pruneProcesses(pruning: Pruning): Promise<void> {
  const { now, before } = pruning.horizon;
  const { processes } = before;
  if (processes === undefined) return;
  const silentSince = Math.min(processes, now - SILENT_MS);
  await removeAll(pruning, 'processes', async (after) => {
    const rows = await pruning.database.kysely
      .selectFrom('processes')
      .select('id')
      .where('id', '>', after)
      .where((row) =>
        row.or([
          row('ended_at', '<', processes),
          row.and([row('ended_at', 'is', null), row('last_seen_at', '<', silentSince)]),
        ]),
      )
      .where('id', 'not in', (from) =>
        from
          .selectFrom('attempts')
          .select(sql<number>`coalesce(worker_id, 0)`.as('worker_id'))
          .where('lease_until', 'is not', null),
      )
      .orderBy('id')
      .limit(PER_BATCH)
      .execute();
    return rows.map(({ id }) => id);
  });
}

export async function pruneAudit(pruning: Pruning): Promise<void> {
  const { audit } = pruning.horizon.before;
  if (audit === undefined) return;
  await removeAll(pruning, 'audit', async (after) => {
    const rows = await pruning.database.kysely
      .selectFrom('audit')
      .select('id')
      .where('id', '>', after)
      .where('at', '<', audit)
      .orderBy('id')
      .limit(PER_BATCH)
      .execute();
    return rows.map(({ id }) => id);
  });
}

async function removeAll(
  pruning: Pruning,
  table: 'processes' | 'audit',
  next: (after: number) => Promise<number[]>,
): Promise<void> {
  const { database, dryRun, stop } = pruning;
  for (let after = 0; !stop.aborted; ) {
    const ids = await next(after);
    const last = ids.at(-1);
    if (last === undefined) return;
    const from = { table, column: 'id', ids };
    if (!dryRun) await transact(database, (trx) => removeRows({ ...trx, dryRun }, from));
    pruning.add(table, { count: ids.length, rows: ids.length });
    after = last;
  }
}
