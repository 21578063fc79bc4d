/** Schedulers and workers: who they are, and when they were last seen by the database's clock. */
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { readNow } from './dispatch.ts';
import type { Ids } from './ids.ts';

export interface NewProcess {
  readonly role: 'scheduler' | 'worker';
  readonly version: string;
  readonly workerClass: string | null;
  readonly slots: number;
}

export async function registerProcess(
  trx: Transaction,
  ids: Ids,
  { role, version, workerClass, slots }: NewProcess,
): Promise<number> {
  const id = (await ids.take(trx, 1))();
  const now = await readNow(trx);
  const place = { host: hostname().slice(0, 255), pid: process.pid };
  await insertRows(trx, 'processes', [
    { id, role, ...place, version, worker_class: workerClass, slots, started_at: now, last_seen_at: now },
  ]);
  return id;
}

export async function seeProcess({ kysely, dialect }: Reader, id: number): Promise<void> {
  await kysely.updateTable('processes').set({ last_seen_at: dialect.now }).where('id', '=', id).execute();
}

export async function endProcess({ kysely, dialect }: Reader, id: number): Promise<void> {
  await kysely.updateTable('processes').set({ ended_at: dialect.now }).where('id', '=', id).execute();
}

/** Seen within the last `withinMs`, and not stopped. */
export async function aliveProcesses({ kysely, dialect }: Reader, withinMs: number) {
  return await kysely
    .selectFrom('processes')
    .selectAll()
    .select((row) => [sql<number>`${dialect.now} - ${row.ref('last_seen_at')}`.as('silent_ms')])
    .where('ended_at', 'is', null)
    .where('last_seen_at', '>', sql<number>`${dialect.now} - ${withinMs}`)
    .orderBy('id')
    .execute();
}
