/**
 * Pausing and resuming. What is paused is not dispatched (see controller/dispatcher.ts); what waits in the queue is
 * taken back, and ready tasks of a paused type leave their line for `paused_tasks`, so that each costs once and keeps
 * nothing behind it from its turn. A worker that claims at the same time has won: row locks decide.
 */
import { sql } from 'kysely';
import type { Database } from '../db/open.ts';
import { chunks, forIds, insertRows } from '../db/rows.ts';
import { reading, type Transaction, transact } from '../db/transaction.ts';
import { deleteEntries, lockEntries } from './claims.ts';
import { readNow } from './clock.ts';
import { CountChanges } from './counts.ts';
import { lockTasks } from './locked-tasks.ts';
import { endAttempts, returnTasks } from './moves.ts';
import type { Pauses, PauseTarget } from './pauses.ts';
import { leaveLine, type ReadyTask, standInLine } from './ready.ts';

const PER_BATCH = 500;

/** Returns whether it was not paused before. One that is keeps its date and person. */
export async function setPause(
  trx: Transaction,
  { scope, name }: PauseTarget,
  person: string,
): Promise<boolean> {
  await lockPauses(trx);
  const known = await trx.kysely
    .selectFrom('pauses')
    .select('since')
    .where('scope', '=', scope)
    .where('name', '=', name)
    .executeTakeFirst();
  if (known !== undefined) return false;
  await insertRows(trx, 'pauses', [{ scope, name, since: await readNow(trx), person }]);
  return true;
}

/** Returns whether it was paused. */
export async function liftPause({ kysely }: Transaction, { scope, name }: PauseTarget): Promise<boolean> {
  const { numDeletedRows } = await kysely
    .deleteFrom('pauses')
    .where('scope', '=', scope)
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Two people may pause the same at once. */
async function lockPauses({ kysely, dialect }: Transaction): Promise<void> {
  await kysely.selectFrom('installation').select('name').modifyEnd(dialect.forUpdate).execute();
}

/** Takes back from the queue what these pauses hold, in batches; returns how many tasks. */
export async function recallHeld(database: Database, pauses: Pauses): Promise<number> {
  const queued = await reading(database)
    .kysely.selectFrom('queue_entries')
    .select(['worker_class', 'rank', 'attempt_id', 'task_id'])
    .execute();
  let recalled = 0;
  for (const part of chunks(queued, PER_BATCH)) {
    const tasks = await forIds(
      part.map(({ task_id }) => task_id),
      (ids) =>
        database.kysely.selectFrom('tasks').select(['id', 'job_id', 'type']).where('id', 'in', ids).execute(),
    );
    const held = new Set(tasks.filter((task) => pauses.holds(task)).map(({ id }) => id));
    const entries = part.filter(({ task_id }) => held.has(task_id));
    if (entries.length > 0) recalled += await transact(database, (trx) => recall(trx, entries));
  }
  return recalled;
}

type Entry = Awaited<ReturnType<typeof lockEntries>>[number];

async function recall(trx: Transaction, entries: readonly Entry[]): Promise<number> {
  const taken: Entry[] = [];
  for (const [workerClass, group] of Map.groupBy(entries, ({ worker_class }) => worker_class)) {
    const named = group.map(({ rank, attempt_id }) => ({ workerClass, rank, attemptId: attempt_id }));
    taken.push(...(await lockEntries(trx, workerClass, named)));
  }
  await deleteEntries(trx, taken);
  const open = await forIds(
    taken.map(({ attempt_id }) => attempt_id),
    (part) =>
      trx.kysely
        .selectFrom('attempts')
        .select(['id', 'task_id'])
        .where('id', 'in', part)
        .where('state', '=', 'queued')
        .modifyEnd(trx.dialect.forUpdate)
        .execute(),
  );
  await endAttempts(
    trx,
    open.map(({ id }) => id).sort((a, b) => a - b),
    'queued',
    { to: 'cancelled', exitClass: 'cancelled', error: 'taken back from the queue by `easel pause`' },
  );
  const tasks = await lockTasks(
    trx,
    open.map(({ task_id }) => task_id),
  );
  await returnTasks(
    trx,
    tasks.map(({ id }) => id),
    'queued',
  );
  const counts = new CountChanges();
  for (const task of tasks) counts.moved(task, 'queued', 'ready');
  await standInLine(trx, tasks);
  await counts.write(trx);
  return tasks.length;
}

/** Ready tasks of paused types, that have left their line. */
export async function setAside(trx: Transaction, tasks: readonly ReadyTask[]): Promise<void> {
  const rows = tasks.flatMap(({ id, job_id, type, rank, worker_class: line }) =>
    line === null ? [] : [{ type, line, job_id, rank, task_id: id }],
  );
  await forget(trx, rows);
  await insertRows(trx, 'paused_tasks', rows);
}

/** Puts a batch of the tasks set aside of a type back in line; returns how many there were. */
export async function bringBack(trx: Transaction, type: string): Promise<number> {
  const rows = await trx.kysely
    .selectFrom('paused_tasks')
    .selectAll()
    .where('type', '=', type)
    .limit(PER_BATCH)
    .modifyEnd(trx.dialect.skipLocked)
    .execute();
  await forget(trx, rows);
  const tasks = await lockTasks(
    trx,
    rows.map(({ task_id }) => task_id),
  );
  const ready = tasks.filter(({ state }) => state === 'ready');
  const lines = Map.groupBy(ready, ({ job_id, worker_class }) => `${job_id} ${worker_class}`);
  for (const group of lines.values()) {
    const { worker_class, job_id } = group[0] ?? { worker_class: null, job_id: 0 };
    await leaveLine(trx, worker_class ?? '', job_id, group); // whatever stood there before: it stands there once
    await standInLine(trx, group);
  }
  return rows.length;
}

export interface AsideTask {
  readonly type: string;
  readonly line: string;
  readonly job_id: number;
  readonly rank: number;
  readonly task_id: number;
}

/** By primary key. */
export async function forget({ kysely }: Transaction, rows: readonly AsideTask[]): Promise<void> {
  const groups = Map.groupBy(rows, ({ type, line, job_id, rank }) => `${rank} ${job_id} ${line} ${type}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    await kysely
      .deleteFrom('paused_tasks')
      .where('type', '=', first.type)
      .where('line', '=', first.line)
      .where('job_id', '=', first.job_id)
      .where('rank', '=', first.rank)
      .where(
        'task_id',
        'in',
        group.map(({ task_id }) => task_id),
      )
      .execute();
  }
}

/** Whether a job has more than `limit` tasks set aside. */
export async function isMuchAside(
  { kysely }: Pick<Database, 'kysely'>,
  jobId: number,
  limit: number,
): Promise<boolean> {
  const row = await kysely
    .selectFrom('paused_tasks')
    .select('task_id')
    .where('job_id', '=', jobId)
    .limit(1)
    .offset(limit)
    .executeTakeFirst();
  return row !== undefined;
}

/** A type that has tasks set aside though it is not paused: its `resume` was cut short, or crossed a dispatch. */
export async function typeLeftAside(
  { kysely }: Pick<Database, 'kysely'>,
  pauses: Pauses,
): Promise<string | undefined> {
  for (let after = ''; ; ) {
    const row = await kysely
      .selectFrom('paused_tasks')
      .select('type')
      .where('type', '>', after)
      .orderBy('type')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined || !pauses.types.has(row.type)) return row?.type;
    after = row.type;
  }
}

/** Whether a pause is so young that somebody may have dispatched before seeing it. */
export async function isAnyYounger({ kysely, dialect }: Database, ms: number): Promise<boolean> {
  const row = await kysely
    .selectFrom('pauses')
    .select('scope')
    .where('since', '>', sql<number>`${dialect.now} - ${ms}`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A pause ends with its job. */
export async function dropPausesOfEndedJobs({ kysely }: Database, pauses: Pauses): Promise<void> {
  const ids = pauses.rows.filter(({ scope }) => scope === 'job').map(({ name }) => Number(name));
  if (ids.length === 0) return;
  const ended = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '!=', 'running')
    .execute();
  const names = ended.map(({ id }) => String(id));
  if (names.length === 0) return;
  await kysely.deleteFrom('pauses').where('scope', '=', 'job').where('name', 'in', names).execute();
}
