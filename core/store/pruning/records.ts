/** Schedulers and workers that are long gone, and the record of what people did. */
import type { Database } from '../../db/open.ts';
import { transact } from '../../db/transaction.ts';
import { type Pruning, removeRows } from './pruning.ts';

const PER_BATCH = 500;
const ATTEMPTS_PER_LOOK = 10_000;
/** A process may have been frozen, and come back. */
const SILENT_MS = 86_400_000;

/**
 * Not those that an attempt names, as long as it is there: they say where it ran, and in which image. Who has ended, or
 * been silent for so long, begins no attempt any more, so it is enough to ask once, before the first is removed: by
 * reading all attempts, since an index on their worker would have to be written by every claim.
 */
export async function pruneProcesses(pruning: Pruning): Promise<void> {
  const { now, before } = pruning.horizon;
  const { processes } = before;
  if (processes === undefined) return;
  const silentSince = Math.min(processes, now - SILENT_MS);
  let named: ReadonlySet<number> | undefined;
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
      .orderBy('id')
      .limit(PER_BATCH)
      .execute();
    if (rows.length > 0) named ??= await workersOfAttempts(pruning);
    return rows.map(({ id }) => ({ id, stays: named?.has(id) === true }));
  });
}

async function workersOfAttempts({ database, stop }: Pruning): Promise<Set<number>> {
  const named = new Set<number>();
  for (let after = 0; !stop.aborted; ) {
    const seen = await workersAfter(database, after);
    if (seen.length === 0) break;
    for (const { worker_id, last } of seen) {
      if (worker_id !== null) named.add(worker_id);
      after = Math.max(after, Number(last));
    }
  }
  return named;
}

function workersAfter({ kysely }: Database, after: number) {
  const page = kysely
    .selectFrom('attempts')
    .select(['id', 'worker_id'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(ATTEMPTS_PER_LOOK);
  return kysely
    .selectFrom(page.as('page'))
    .select((row) => ['worker_id', row.fn.max('id').as('last')])
    .groupBy('worker_id')
    .execute();
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
    return rows.map(({ id }) => ({ id, stays: false }));
  });
}

async function removeAll(
  pruning: Pruning,
  table: 'processes' | 'audit',
  next: (after: number) => Promise<{ readonly id: number; readonly stays: boolean }[]>,
): Promise<void> {
  const { database, dryRun, stop } = pruning;
  for (let after = 0; !stop.aborted; ) {
    const rows = await next(after);
    const last = rows.at(-1);
    if (last === undefined || stop.aborted) return;
    const ids = rows.filter(({ stays }) => !stays).map(({ id }) => id);
    const from = { table, column: 'id', ids };
    if (!dryRun) await transact(database, (trx) => removeRows({ ...trx, dryRun }, from));
    pruning.add(table, { count: ids.length, rows: ids.length });
    after = last.id;
  }
}
