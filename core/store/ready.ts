/**
 * The line of tasks for which nothing is missing: a small table apart, so that finding the next of them costs the
 * same in a job of ten tasks and of a million. There is a line per worker class, of tasks to be dispatched to the
 * queue, and one of tasks to be expanded by a scheduler (a large loop stays in it until all its iterations are created).
 */
import { chunks, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { NodeKind } from '../model/definition.ts';

/** What is needed of a ready task to expand or to dispatch it. */
export interface ReadyTask {
  readonly id: number;
  readonly job_id: number;
  readonly kind: NodeKind;
  readonly type: string;
  readonly rank: number;
  /** Null for flow tasks, and for work tasks whose type and files are not known before they are ready. */
  readonly worker_class: string | null;
  readonly attempts: number;
}

/** The line of tasks to be expanded. The others bear the name of a worker class. */
export const FLOW_LINE = '';

export async function standInLine(trx: Transaction, tasks: readonly ReadyTask[]): Promise<void> {
  const rows = tasks.map((task) => ({
    line: task.worker_class ?? FLOW_LINE,
    job_id: task.job_id,
    rank: task.rank,
    task_id: task.id,
  }));
  await insertRows(trx, 'ready_tasks', rows);
}

export async function leaveLine(
  { kysely }: Transaction,
  line: string,
  jobId: number,
  tasks: readonly { id: number; rank: number }[],
): Promise<void> {
  const byRank = Map.groupBy(tasks, ({ rank }) => rank);
  for (const [rank, group] of byRank) {
    await kysely
      .deleteFrom('ready_tasks')
      .where('line', '=', line)
      .where('job_id', '=', jobId)
      .where('rank', '=', rank)
      .where(
        'task_id',
        'in',
        group.map(({ id }) => id),
      )
      .execute();
  }
}

/** Tasks that may stand in any line, or out of it while their type is paused. */
export async function leaveAnyLine(
  trx: Transaction,
  tasks: readonly { id: number; job_id: number; rank: number; worker_class: string | null }[],
): Promise<void> {
  for (const [jobId, ofJob] of Map.groupBy(tasks, ({ job_id }) => job_id)) {
    for (const [line, group] of Map.groupBy(ofJob, ({ worker_class }) => worker_class ?? FLOW_LINE))
      await leaveLine(trx, line, jobId, group);
    const ids = ofJob.map(({ id }) => id);
    for (const part of chunks(ids, 1_000))
      await trx.kysely
        .deleteFrom('paused_tasks')
        .where('job_id', '=', jobId)
        .where('task_id', 'in', part)
        .execute();
  }
}

export interface JobInLine {
  readonly jobId: number;
  /** Of the first of its tasks. */
  readonly rank: number;
}

/** The next job after `after` that has tasks in line: a step along the index, whatever the number of tasks. */
export async function nextInLine(
  { kysely }: Reader,
  line: string,
  after: number,
): Promise<JobInLine | undefined> {
  return await kysely
    .selectFrom('ready_tasks')
    .select(['job_id as jobId', 'rank'])
    .where('line', '=', line)
    .where('job_id', '>', after)
    .orderBy('job_id')
    .orderBy('rank')
    .limit(1)
    .executeTakeFirst();
}

export async function nextJobInLine(
  reader: Reader,
  line: string,
  after: number,
): Promise<number | undefined> {
  return (await nextInLine(reader, line, after))?.jobId;
}

/** Whether a job has more than `limit` tasks to be dispatched to a class. */
export async function isLineLong(
  { kysely }: Reader,
  line: string,
  jobId: number,
  limit: number,
): Promise<boolean> {
  const row = await kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('line', '=', line)
    .where('job_id', '=', jobId)
    .orderBy('rank')
    .orderBy('task_id')
    .limit(1)
    .offset(limit)
    .executeTakeFirst();
  return row !== undefined;
}

export interface LineView {
  readonly jobs: number | 'none' | 'several';
  /** How many pauses there are. */
  readonly pauses: number;
}

/** Lets a worker hand on its own job's tasks only while no other job stands in line. One statement for both. */
export async function viewLine({ kysely }: Reader, line: string): Promise<LineView> {
  const row = await kysely
    .selectFrom('ready_tasks')
    .select((row) => [row.fn.min('job_id').as('first'), row.fn.max('job_id').as('last')])
    .select((row) => row.selectFrom('pauses').select(row.fn.countAll<number>().as('pauses')).as('pauses'))
    .where('line', '=', line)
    .executeTakeFirst();
  const pauses = Number(row?.pauses ?? 0);
  if (row === undefined || row.first === null || row.last === null) return { jobs: 'none', pauses };
  return { jobs: row.first === row.last ? row.first : 'several', pauses };
}

export interface Taking {
  readonly limit: number;
  /** Only tasks of this rank or better. */
  readonly rank?: number;
}

/** The first tasks in a job's line, those passed over that another scheduler holds. */
export async function firstInLine(
  { kysely, dialect }: Transaction,
  line: string,
  jobId: number,
  { limit, rank }: Taking,
): Promise<{ id: number; rank: number }[]> {
  return await kysely
    .selectFrom('ready_tasks')
    .select(['task_id as id', 'rank'])
    .where('line', '=', line)
    .where('job_id', '=', jobId)
    .$if(rank !== undefined, (query) => query.where('rank', '<=', rank ?? 0))
    .orderBy('rank')
    .orderBy('task_id')
    .limit(limit)
    .modifyEnd(dialect.skipLocked)
    .execute();
}
