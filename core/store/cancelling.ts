/**
 * Carries out what cancellations.ts records, from the named task downwards: a flow task stops creating tasks, what waits
 * or stands in line or in the queue is cancelled at once, and of what runs its worker is asked to end it. In batches, each
 * a transaction of its own: whoever breaks off, another (a scheduler) goes through it once more.
 */
import type { Database } from '../db/open.ts';
import { type Transaction, transact } from '../db/transaction.ts';
import { ENDED } from '../model/states.ts';
import { wantCancelled } from './cancellations.ts';
import { deleteEntries } from './claims.ts';
import { CountChanges } from './counts.ts';
import { placeReady } from './dispatch.ts';
import type { Ids } from './ids.ts';
import { changePendingFlows } from './jobs.ts';
import { type EndedTask, type LockedTask, lockTasks } from './locked-tasks.ts';
import { endAttempts, endTasksBadly } from './moves.ts';
import { openChildren } from './open-below.ts';
import { propagate } from './propagation.ts';
import { leaveAnyLine } from './ready.ts';
import { stopCreating } from './stop-creating.ts';
import { dropTimers } from './timers.ts';

export interface Cancelling {
  readonly taskId: number;
  readonly jobId: number;
  readonly reason: string;
}

export interface Cancelled {
  /** Work tasks cancelled at once. */
  readonly cancelled: number;
  /** Work tasks that run: their workers are asked to end them. */
  readonly asked: number;
}

export async function carryOut(database: Database, ids: Ids, wish: Cancelling): Promise<Cancelled> {
  const total = { cancelled: 0, asked: 0 };
  let flows: number[] = [];
  const cancelAll = async (taskIds: readonly number[]) => {
    for (let left = taskIds; left.length > 0; ) {
      const done = await transact(database, (trx) => cancelTasks(trx, ids, { ...wish, taskIds: left }));
      total.cancelled += done.cancelled;
      total.asked += done.asked;
      flows.push(...done.flows);
      left = done.again;
    }
  };
  await cancelAll([wish.taskId]);
  while (flows.length > 0) {
    const level = flows.sort((a, b) => a - b);
    flows = [];
    for await (const children of openChildren(database, level)) await cancelAll(children.map(({ id }) => id));
  }
  return total;
}

interface Batch extends Cancelling {
  readonly taskIds: readonly number[];
}

interface BatchDone extends Cancelled {
  /** Flow tasks whose children are to be gone through. */
  readonly flows: readonly number[];
  /** Tasks that were just on the move. */
  readonly again: readonly number[];
}

/** Locks in the order of a claim: queue entries, attempts, tasks; where flow tasks are among them, the job first. */
async function cancelTasks(
  trx: Transaction,
  ids: Ids,
  { taskIds, jobId, reason }: Batch,
): Promise<BatchDone> {
  await lockJobOf(trx, jobId);
  const entries = await lockEntries(trx, taskIds);
  const attempts = await lockOpenAttempts(trx, taskIds);
  const tasks = await lockTasks(trx, taskIds);
  const counts = new CountChanges();
  const found = Map.groupBy(tasks, (task) => roleOf(task, { entries, attempts }));
  const waiting = found.get('wait') ?? [];
  const queued = found.get('queued') ?? [];
  await deleteEntries(
    trx,
    queued.flatMap(({ id }) => entries.get(id) ?? []),
  );
  const open = queued.flatMap(({ id }) => attempts.get(id)?.id ?? []).sort((a, b) => a - b);
  await endAttempts(trx, open, 'queued', { to: 'cancelled', exitClass: 'cancelled', error: reason });
  await leaveAnyLine(trx, waiting);
  await dropTimers(
    trx,
    waiting.map(({ id }) => id),
  );
  await dropWanted(trx, waiting);
  const ended = await endAll(trx, { tasks: [...waiting, ...queued], reason, counts });
  await changePendingFlows(trx, jobId, -waiting.filter(({ worker_class }) => worker_class === null).length);
  const flows = found.get('flow') ?? [];
  const closed = await stopCreating(trx, flows, counts);
  const running = found.get('running') ?? [];
  await wantCancelled(
    trx,
    running.map(({ id }) => ({
      ...{ taskId: id, jobId, reason },
      ...{ attemptId: attempts.get(id)?.id ?? 0, workerId: attempts.get(id)?.worker_id ?? 0 },
    })),
  );
  const ready = await propagate(trx, [...ended, ...closed], counts);
  await placeReady(trx, ready, { direct: 0, ids, counts });
  await counts.write(trx);
  return {
    cancelled: ended.filter(({ kind }) => kind === 'work').length,
    asked: running.length,
    flows: flows.map(({ id }) => id),
    again: (found.get('moving') ?? []).map(({ id }) => id),
  };
}

interface Locked {
  readonly entries: ReadonlyMap<number, unknown>;
  readonly attempts: ReadonlyMap<number, { readonly state: string }>;
}

type Role = 'wait' | 'queued' | 'running' | 'flow' | 'moving' | 'over';

/** A task whose attempt or entry was made or taken between the look and the lock is looked at once more. */
function roleOf({ id, state }: LockedTask, { entries, attempts }: Locked): Role {
  if (ENDED.includes(state)) return 'over';
  if (state === 'expanded') return 'flow';
  if (state === 'waiting' || state === 'ready') return 'wait';
  const attempt = attempts.get(id);
  if (state === 'queued') return attempt?.state === 'queued' && entries.has(id) ? 'queued' : 'moving';
  return attempt?.state === 'running' ? 'running' : 'moving';
}

async function lockJobOf({ kysely, dialect }: Transaction, jobId: number): Promise<void> {
  await kysely.selectFrom('jobs').select('id').where('id', '=', jobId).modifyEnd(dialect.forUpdate).execute();
}

async function lockEntries({ kysely, dialect }: Transaction, taskIds: readonly number[]) {
  const known = await kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select(['attempts.id', 'tasks.rank', 'tasks.worker_class'])
    .where('open_task_id', 'in', taskIds)
    .where('attempts.state', '=', 'queued')
    .execute();
  const entries = new Map<number, { worker_class: string; rank: number; attempt_id: number }>();
  for (const { id, rank, worker_class } of known.sort((a, b) => a.id - b.id)) {
    const entry = await kysely
      .selectFrom('queue_entries')
      .select(['worker_class', 'rank', 'attempt_id', 'task_id'])
      .where('worker_class', '=', worker_class ?? '')
      .where('rank', '=', rank)
      .where('attempt_id', '=', id)
      .modifyEnd(dialect.forUpdate)
      .executeTakeFirst();
    if (entry !== undefined) entries.set(entry.task_id, entry);
  }
  return entries;
}

async function lockOpenAttempts({ kysely, dialect }: Transaction, taskIds: readonly number[]) {
  const rows = await kysely
    .selectFrom('attempts')
    .select(['id', 'task_id', 'state', 'worker_id'])
    .where('open_task_id', 'in', taskIds)
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
  return new Map(rows.map((row) => [row.task_id, row]));
}

async function dropWanted({ kysely }: Transaction, tasks: readonly LockedTask[]): Promise<void> {
  const ids = tasks.filter(({ state }) => state === 'waiting').map(({ id }) => id);
  if (ids.length > 0) await kysely.deleteFrom('wanted').where('consumer_id', 'in', ids).execute();
}

async function endAll(
  trx: Transaction,
  { tasks, reason, counts }: { tasks: readonly LockedTask[]; reason: string; counts: CountChanges },
): Promise<EndedTask[]> {
  for (const [from, group] of Map.groupBy(tasks, ({ state }) => state)) {
    await endTasksBadly(
      trx,
      group.map(({ id }) => id),
      { from, to: 'cancelled', reason },
    );
    for (const task of group) counts.moved(task, from, 'cancelled');
  }
  return tasks.map((task) => ({ ...task, state: 'cancelled' }));
}
