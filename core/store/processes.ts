/** Schedulers and workers: who they are, and when they were last seen by the database's clock. */
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { tally } from '../runtime/tally.ts';
import { readNow } from './clock.ts';
import type { Ids } from './ids.ts';

export interface NewProcess {
  readonly role: 'scheduler' | 'worker';
  readonly version: string;
  readonly image: string | null;
  readonly workerClass: string | null;
  readonly slots: number;
}

const IMAGE_CHARACTERS = 1_000;

export async function registerProcess(
  trx: Transaction,
  ids: Ids,
  { role, version, image, workerClass, slots }: NewProcess,
): Promise<number> {
  const id = (await ids.take(trx, 1))();
  const now = await readNow(trx);
  const place = { host: hostname().slice(0, 255), pid: process.pid };
  await insertRows(trx, 'processes', [
    {
      ...{ id, role, ...place, version, image: image?.slice(0, IMAGE_CHARACTERS) ?? null },
      ...{ worker_class: workerClass, slots, started_at: now, last_seen_at: now },
    },
  ]);
  return id;
}

export async function seeProcess({ kysely, dialect }: Reader, id: number): Promise<void> {
  const report = JSON.stringify(tally.report());
  await kysely
    .updateTable('processes')
    .set({ last_seen_at: dialect.now, report })
    .where('id', '=', id)
    .execute();
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

export interface ProcessWish {
  readonly role: 'scheduler' | 'worker';
  /** Not seen for longer: silent. */
  readonly aliveWithinMs: number;
  /** Those that have stopped, too. */
  readonly stopped: boolean;
  readonly limit: number;
}

/** Those that have not stopped first; of each the one seen last first. */
export async function listProcesses(
  { kysely, dialect }: Reader,
  { role, aliveWithinMs, stopped, limit }: ProcessWish,
) {
  const rows = await kysely
    .selectFrom('processes')
    .selectAll()
    .select((row) => [sql<number>`${dialect.now} - ${row.ref('last_seen_at')}`.as('silent_ms')])
    .where('role', '=', role)
    .$if(!stopped, (query) => query.where('ended_at', 'is', null))
    .orderBy((row) => row.case().when('ended_at', 'is', null).then(0).else(1).end())
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const silentMs = Math.max(0, Number(row.silent_ms));
    const isSilent = silentMs > aliveWithinMs;
    const state = row.ended_at !== null ? 'stopped' : isSilent ? 'silent' : 'alive';
    return { ...row, silent_ms: silentMs, state } as const;
  });
}

export type ProcessView = Awaited<ReturnType<typeof listProcesses>>[number];

export interface Doing {
  readonly worker_id: number;
  readonly attempt_id: number;
  readonly task_id: number;
  readonly job_id: number;
  readonly number: number;
  readonly running_ms: number;
}

/** The attempts that each of these workers holds, the first few of each. Along the index of leases, as small as what runs. */
export async function listDoings(
  { kysely, dialect }: Reader,
  workerIds: readonly number[],
  perWorker: number,
): Promise<Map<number, { readonly count: number; readonly first: readonly Doing[] }>> {
  if (workerIds.length === 0) return new Map();
  const rows = await kysely
    .selectFrom('attempts')
    .select(['worker_id', 'id', 'task_id', 'job_id', 'number'])
    .select((row) => sql<number>`${dialect.now} - ${row.ref('started_at')}`.as('running_ms'))
    .where('lease_until', '>', 0)
    .where('worker_id', 'in', workerIds)
    .orderBy('id')
    .execute();
  const byWorker = Map.groupBy(rows, ({ worker_id }) => worker_id ?? 0);
  return new Map(
    [...byWorker].map(([worker_id, held]) => [
      worker_id,
      {
        count: held.length,
        first: held.slice(0, perWorker).map(({ id, running_ms, ...attempt }) => ({
          ...{ ...attempt, worker_id, attempt_id: id },
          running_ms: Math.max(0, Number(running_ms)),
        })),
      },
    ]),
  );
}

/** Hosts, as they call themselves, of the workers that hold attempts. */
export async function hostsAtWork({ kysely }: Reader): Promise<ReadonlySet<string>> {
  const rows = await kysely
    .selectFrom('attempts')
    .innerJoin('processes', 'processes.id', 'attempts.worker_id')
    .select('processes.host')
    .distinct()
    .where('lease_until', '>', 0)
    .execute();
  return new Set(rows.map(({ host }) => host));
}
