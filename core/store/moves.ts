/**
 * Every move of a task, an attempt or a job from one state to another, and nothing else moves them. Each is one
 * UPDATE guarded by the state it moves from (attempts that run: also by the worker that holds them).
 *
 * Callers lock the rows they decide about, so a guard that does not hold is a breach of an invariant and throws.
 * The exceptions say so: they answer which of the rows moved, because somebody else may have come first.
 * Locks: the creation of tasks takes the job first; claims and commits the queue entry, the attempt, the task, and then
 * what follows from it; ids ascending. Where two of these meet the wrong way round, one is retried (core/db/transaction.ts).
 */
import { type ExpressionBuilder, sql, type UpdateObject } from 'kysely';
import { chunks } from '../db/rows.ts';
import type { Tables } from '../db/tables.ts';
import type { Transaction } from '../db/transaction.ts';
import type { AttemptState, ExitClass, JobState, TaskState } from '../model/states.ts';

const PER_STATEMENT = 1_000;
/** A TEXT of MySQL holds 65,535 bytes; a character takes up to three for each of its code units. */
export const TEXT_CHARACTERS = 20_000;
const REASON_CHARACTERS = 10_000;

type Changes = (row: ExpressionBuilder<Tables, 'tasks'>) => UpdateObject<Tables, 'tasks'>;

async function moveTasks(
  { kysely }: Transaction,
  ids: readonly number[],
  { from, to }: { from: TaskState; to: TaskState },
  changes?: Changes,
): Promise<void> {
  for (const part of chunks(ids, PER_STATEMENT)) {
    const { numUpdatedRows } = await kysely
      .updateTable('tasks')
      .set((row) => ({ ...changes?.(row), state: to }))
      .where('id', 'in', part)
      .where('state', '=', from)
      .executeTakeFirst();
    expectAll(`tasks ${from} -> ${to}`, part, numUpdatedRows);
  }
}

/** A task's wait is over. */
export async function releaseTasks(trx: Transaction, ids: readonly number[], met: number): Promise<void> {
  for (const part of chunks(ids, PER_STATEMENT)) {
    const { numUpdatedRows } = await trx.kysely
      .updateTable('tasks')
      .set((row) => ({ state: 'ready', unmet: row('unmet', '-', met) }))
      .where('id', 'in', part)
      .where('state', '=', 'waiting')
      .where('unmet', '=', met)
      .executeTakeFirst();
    expectAll('tasks waiting -> ready', part, numUpdatedRows);
  }
}

export const queueTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'ready', to: 'queued' }, (row) => ({ attempts: row('attempts', '+', 1) }));

export const startTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'queued', to: 'running' });

export const finishTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'running', to: 'done' });

/** An attempt ended without success: the task is to be tried again. */
export const returnTasks = (
  trx: Transaction,
  ids: readonly number[],
  from: 'queued' | 'running' = 'running',
) => moveTasks(trx, ids, { from, to: 'ready' });

/** An attempt was lost with its worker: the task is to be tried again, but not for ever. */
export const retryLostTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'running', to: 'ready' }, (row) => ({ losses: row('losses', '+', 1) }));

/** An attempt failed or was lost: the task waits for the time of its next try. */
export const postponeTasks = (
  trx: Transaction,
  ids: readonly number[],
  { from, unmet = 1, lost = false }: { from: 'queued' | 'running'; unmet?: number; lost?: boolean },
) =>
  moveTasks(trx, ids, { from, to: 'waiting' }, (row) => ({
    unmet,
    losses: row('losses', '+', lost ? 1 : 0),
  }));

export const expandTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'ready', to: 'expanded' });

/** The body of a do-while loop has ended: its criterion is to be evaluated. */
export const revisitTasks = (trx: Transaction, ids: readonly number[]) =>
  moveTasks(trx, ids, { from: 'expanded', to: 'ready' });

export interface ResolvedTask {
  readonly id: number;
  readonly type: string;
  readonly workerClass: string | null;
  readonly scopeId: number;
  readonly to: TaskState;
  readonly unmet: number;
  readonly causeId: number | null;
  readonly reason: string | null;
}

/** A work task whose type and files are known now waits for its inputs, is ready, or can never run. */
export async function resolveTask({ kysely }: Transaction, task: ResolvedTask): Promise<void> {
  const { id, type, workerClass, scopeId, to, unmet, causeId, reason } = task;
  const { numUpdatedRows } = await kysely
    .updateTable('tasks')
    .set({ type, worker_class: workerClass, scope_id: scopeId, state: to, unmet, cause_id: causeId, reason })
    .where('id', '=', id)
    .where('state', '=', 'ready')
    .executeTakeFirst();
  expectAll(`task ready -> ${to}`, [id], numUpdatedRows);
}

export const closeTasks = (
  trx: Transaction,
  ids: readonly number[],
  from: 'expanded' | 'ready' = 'expanded',
) => moveTasks(trx, ids, { from, to: 'done' });

export interface BadEnd {
  readonly to: 'failed' | 'blocked' | 'cancelled';
  readonly from: TaskState;
  readonly causeId?: number | null;
  readonly reason?: string | null;
}

export const endTasksBadly = (
  trx: Transaction,
  ids: readonly number[],
  { to, from, causeId = null, reason = null }: BadEnd,
) =>
  moveTasks(trx, ids, { from, to }, () => ({
    cause_id: causeId,
    reason: reason?.slice(0, REASON_CHARACTERS) ?? null,
  }));

/** A person gives tasks that ended badly another chance. */
export const reopenTasks = (
  trx: Transaction,
  ids: readonly number[],
  { from, to, unmet }: { from: TaskState; to: 'waiting' | 'ready' | 'expanded'; unmet: number },
) =>
  moveTasks(trx, ids, { from, to }, (row) => ({
    ...{ unmet, losses: 0, cause_id: null, reason: null },
    tried_from: row.ref('attempts'),
  }));

/** Answers how many of the attempts were still queued: another worker may have claimed some, or they were cancelled. */
export async function claimAttempts(
  { kysely, dialect }: Transaction,
  ids: readonly number[],
  holder: { workerId: number; leaseMs: number },
): Promise<number> {
  const { numUpdatedRows } = await kysely
    .updateTable('attempts')
    .set({
      state: 'running',
      worker_id: holder.workerId,
      started_at: dialect.now,
      lease_until: sql<number>`${dialect.now} + ${holder.leaseMs}`,
    })
    .where('id', 'in', ids)
    .where('state', '=', 'queued')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export interface AttemptEnd {
  readonly to: Exclude<AttemptState, 'queued' | 'running'>;
  readonly exitClass?: ExitClass | null;
  readonly exitCode?: number | null;
  readonly exitSignal?: string | null;
  readonly error?: string | null;
}

/** Answers how many of the attempts this worker still held: of the others nothing may be committed. */
export async function endHeldAttempts(
  { kysely, dialect }: Transaction,
  ids: readonly number[],
  workerId: number,
  end: AttemptEnd,
): Promise<number> {
  const { numUpdatedRows } = await kysely
    .updateTable('attempts')
    .set({ ...columnsOf(end), ended_at: dialect.now })
    .where('id', 'in', ids)
    .where('state', '=', 'running')
    .where('worker_id', '=', workerId)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** For attempts that this transaction has locked: the reaper's, cancelled ones, those of a container that is gone. */
export async function endAttempts(
  { kysely, dialect }: Transaction,
  ids: readonly number[],
  from: 'queued' | 'running',
  end: AttemptEnd,
): Promise<void> {
  for (const part of chunks(ids, PER_STATEMENT)) {
    const { numUpdatedRows } = await kysely
      .updateTable('attempts')
      .set({ ...columnsOf(end), ended_at: dialect.now })
      .where('id', 'in', part)
      .where('state', '=', from)
      .executeTakeFirst();
    expectAll(`attempts ${from} -> ${end.to}`, part, numUpdatedRows);
  }
}

function columnsOf(end: AttemptEnd) {
  return {
    state: end.to,
    open_task_id: null,
    lease_until: null,
    exit_class: end.exitClass ?? null,
    exit_code: end.exitCode ?? null,
    exit_signal: end.exitSignal ?? null,
    error: end.error?.slice(0, TEXT_CHARACTERS) ?? null,
  };
}

export async function endJob(
  { kysely, dialect }: Transaction,
  id: number,
  to: Exclude<JobState, 'running'>,
): Promise<void> {
  const { numUpdatedRows } = await kysely
    .updateTable('jobs')
    .set({ state: to, ended_at: dialect.now })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  expectAll(`job running -> ${to}`, [id], numUpdatedRows);
}

export async function reopenJob({ kysely }: Transaction, id: number): Promise<void> {
  await kysely.updateTable('jobs').set({ state: 'running', ended_at: null }).where('id', '=', id).execute();
}

function expectAll(move: string, ids: readonly number[], moved: bigint): void {
  if (moved !== BigInt(ids.length)) {
    throw new Error(
      `${move}: ${moved} of ${ids.length} rows were in that state (ids ${ids.slice(0, 10).join(', ')})`,
    );
  }
}
