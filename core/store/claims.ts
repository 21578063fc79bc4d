/**
 * Claiming: the one guarded move from queued to running, the same for both queues. Whoever deletes the row of the
 * queue table and finds the attempt still queued has claimed it; a hint that comes late or twice finds nothing.
 *
 * An attempt is claimed at most once in its life (one that is lost or given back is followed by a new one), so the
 * attempt and the worker that holds it are the fencing token: nothing is committed unless both still agree.
 */
import { sql } from 'kysely';
import { chunks, forIds } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { CountChanges } from './counts.ts';
import type { QueueEntry } from './dispatch.ts';
import { claimAttempts, startTasks } from './moves.ts';

export interface Claim {
  readonly workerClass: string;
  readonly workerId: number;
  readonly leaseMs: number;
  /** At most so many. */
  readonly limit: number;
  /** Claim only these; without them, the first in the queue. */
  readonly entries?: readonly QueueEntry[];
  /** Only what was dispatched so long ago. */
  readonly olderThanMs?: number;
}

export interface ClaimedTask {
  readonly attempt_id: number;
  readonly id: number;
  readonly job_id: number;
  readonly parent_id: number | null;
  readonly kind: 'work';
  readonly node: number;
  readonly type: string;
  readonly seed: number;
  /** 1 for the first attempt of the task. */
  readonly number: number;
  /** Attempts lost before, since the task was last given another chance. */
  readonly losses: number;
  readonly working_directory: string;
  readonly job_name: string | null;
  /** JSON text of the metadata that the task inherits. */
  readonly metadata: string;
}

export async function claim(trx: Transaction, wish: Claim): Promise<ClaimedTask[]> {
  const rows = await takeEntries(trx, wish);
  if (rows.length === 0) return [];
  const ids = rows.map(({ attempt_id }) => attempt_id);
  const claimed = await claimAttempts(trx, ids, wish);
  const won = claimed === ids.length ? new Set(ids) : await heldAmong(trx, ids, wish.workerId);
  const taken = new Map(
    rows.filter((row) => won.has(row.attempt_id)).map((row) => [row.task_id, row.attempt_id]),
  );
  const taskIds = [...taken.keys()].sort((a, b) => a - b);
  if (taskIds.length === 0) return [];
  await startTasks(trx, taskIds);
  const tasks = await forIds(taskIds, (part) =>
    trx.kysely
      .selectFrom('tasks')
      .innerJoin('attempts', 'attempts.open_task_id', 'tasks.id')
      .innerJoin('scopes', 'scopes.id', 'tasks.scope_id')
      .select(['tasks.id', 'tasks.job_id', 'tasks.parent_id', 'tasks.node', 'tasks.type', 'tasks.losses'])
      .select([
        'attempts.seed',
        'attempts.number',
        'scopes.working_directory',
        'scopes.job_name',
        'scopes.metadata',
      ])
      .where('tasks.id', 'in', part)
      .execute(),
  );
  const counts = new CountChanges();
  for (const task of tasks) counts.moved(task, 'queued', 'running');
  await counts.write(trx);
  return tasks.map((task) => ({ ...task, kind: 'work', attempt_id: taken.get(task.id) ?? 0 }));
}

async function takeEntries(trx: Transaction, { workerClass, limit, entries, olderThanMs = 0 }: Claim) {
  const found =
    entries === undefined
      ? await lockFirst(trx, workerClass, { limit, olderThanMs })
      : await lockHinted(trx, workerClass, entries);
  await deleteEntries(trx, found);
  return found;
}

/** An entry that has stood so long has lost its hint: another entry of a better rank was claimed by it. */
const OVERTAKEN_MS = 1_000;

/**
 * As many as there are hints. Hints come in the order of their dispatch: where entries of a better rank wait, they are
 * claimed instead of those that the hints name, and their own hints bring these later.
 */
async function lockHinted(trx: Transaction, workerClass: string, hinted: readonly QueueEntry[]) {
  const { length } = hinted;
  const worst = Math.max(...hinted.map(({ rank }) => rank));
  const found = await lockFirst(trx, workerClass, { limit: length, betterThan: worst });
  const taken = new Set(found.map(({ attempt_id }) => attempt_id));
  const named = hinted.filter(({ attemptId }) => !taken.has(attemptId)).sort((a, b) => a.rank - b.rank);
  found.push(...(await lockEntries(trx, workerClass, named.slice(0, length - found.length))));
  const limit = length - found.length;
  if (limit > 0) {
    const but = found.map(({ attempt_id }) => attempt_id);
    found.push(...(await lockFirst(trx, workerClass, { limit, olderThanMs: OVERTAKEN_MS, but })));
  }
  return found;
}

interface First {
  readonly limit: number;
  readonly olderThanMs?: number;
  readonly betterThan?: number;
  /** Not these: this transaction holds them already. */
  readonly but?: readonly number[];
}

async function lockFirst(
  trx: Transaction,
  workerClass: string,
  { limit, olderThanMs = 0, betterThan, but = [] }: First,
) {
  return await selectEntries(trx, workerClass)
    .$if(olderThanMs > 0, (query) =>
      query.where('published_at', '<', sql<number>`${trx.dialect.now} - ${olderThanMs}`),
    )
    .$if(betterThan !== undefined, (query) => query.where('rank', '<', betterThan ?? 0))
    .$if(but.length > 0, (query) => query.where('attempt_id', 'not in', but))
    .limit(limit)
    .modifyEnd(trx.dialect.skipLocked)
    .execute();
}

/** Those of the entries that are still there and that nobody else holds. */
export async function lockEntries(trx: Transaction, workerClass: string, entries: readonly QueueEntry[]) {
  const found = [];
  for (const [rank, group] of Map.groupBy(entries, (entry) => entry.rank)) {
    const ids = group.map(({ attemptId }) => attemptId);
    const rows = await selectEntries(trx, workerClass)
      .where('rank', '=', rank)
      .where('attempt_id', 'in', ids)
      .modifyEnd(trx.dialect.skipLocked)
      .execute();
    found.push(...rows);
  }
  return found;
}

/** Reads along the primary key, so that no row is locked that is not taken: a test reads its EXPLAIN. */
export function selectEntries({ kysely }: Reader, workerClass: string) {
  return kysely
    .selectFrom('queue_entries')
    .select(['worker_class', 'rank', 'attempt_id', 'task_id'])
    .where('worker_class', '=', workerClass)
    .orderBy('rank')
    .orderBy('attempt_id');
}

/** By primary key, so that nothing else is locked. */
export async function deleteEntries(
  { kysely }: Reader,
  rows: readonly { worker_class: string; rank: number; attempt_id: number }[],
): Promise<void> {
  for (const group of Map.groupBy(rows, ({ worker_class, rank }) => `${rank} ${worker_class}`).values()) {
    for (const part of chunks(group, 1_000)) {
      const [{ worker_class, rank } = { worker_class: '', rank: 0 }] = part;
      const ids = part.map(({ attempt_id }) => attempt_id);
      await kysely
        .deleteFrom('queue_entries')
        .where('worker_class', '=', worker_class)
        .where('rank', '=', rank)
        .where('attempt_id', 'in', ids)
        .execute();
    }
  }
}

/** Of these attempts, those that have ended: what they left on disk is nobody's. */
export async function endedAmong({ kysely }: Reader, ids: readonly number[]): Promise<number[]> {
  const rows = await forIds(ids, (part) =>
    kysely
      .selectFrom('attempts')
      .select('id')
      .where('id', 'in', part)
      .where('state', 'not in', ['queued', 'running'])
      .execute(),
  );
  return rows.map(({ id }) => id);
}

async function heldAmong(
  { kysely }: Transaction,
  ids: readonly number[],
  workerId: number,
): Promise<Set<number>> {
  const rows = await kysely
    .selectFrom('attempts')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'running')
    .where('worker_id', '=', workerId)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The task of this attempt is about to start: should its worker die now, the task may be why. */
export async function markBegun({ kysely, dialect }: Reader, attemptId: number): Promise<void> {
  await kysely.updateTable('attempts').set({ begun_at: dialect.now }).where('id', '=', attemptId).execute();
}

/** Prolongs the leases of a worker; returns the attempts that it still holds. */
export async function renewLeases(
  trx: Transaction,
  attemptIds: readonly number[],
  { workerId, leaseMs }: { workerId: number; leaseMs: number },
): Promise<Set<number>> {
  const ids = [...attemptIds].sort((a, b) => a - b);
  if (ids.length === 0) return new Set();
  const { kysely, dialect } = trx;
  await kysely
    .updateTable('attempts')
    .set({ lease_until: sql<number>`${dialect.now} + ${leaseMs}` })
    .where('id', 'in', ids)
    .where('state', '=', 'running')
    .where('worker_id', '=', workerId)
    .execute();
  return await heldAmong(trx, ids, workerId);
}
