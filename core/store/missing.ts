/**
 * Inputs that were wanted and that nothing left in the job can produce: from this file the scheduler learns of them,
 * and of jobs in which everything waits for something else that waits.
 */
import type { Reader, Transaction } from '../db/transaction.ts';
import { readCounts } from './counts.ts';
import { FLOW_LINE } from './ready.ts';

/** The next job after `after` that has wanted inputs: a step along the index. */
export async function nextJobWanting({ kysely }: Reader, after: number): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('wanted')
    .select('job_id')
    .where('job_id', '>', after)
    .orderBy('job_id')
    .limit(1)
    .executeTakeFirst();
  return row?.job_id;
}

export interface Wanted {
  readonly address: string;
  readonly consumer_id: number;
  readonly ordinal: number;
  readonly name: string;
  readonly node: number;
}

export async function readWanted({ kysely }: Transaction, jobId: number, limit: number): Promise<Wanted[]> {
  return await kysely
    .selectFrom('wanted')
    .innerJoin('tasks', 'tasks.id', 'wanted.consumer_id')
    .innerJoin('dependencies', (join) =>
      join
        .onRef('dependencies.consumer_id', '=', 'wanted.consumer_id')
        .onRef('dependencies.ordinal', '=', 'wanted.ordinal'),
    )
    .select(['wanted.address', 'wanted.consumer_id', 'wanted.ordinal', 'dependencies.name', 'tasks.node'])
    .where('wanted.job_id', '=', jobId)
    .limit(limit)
    .execute();
}

/** A running job in which nothing is ready, queued or running, nor due later: what waits there waits for ever. */
export async function isStalled(reader: Reader, jobId: number): Promise<boolean> {
  const counts = await readCounts(reader, [jobId]);
  const waiting = counts.some(({ state }) => state === 'waiting');
  const inLine = await reader.kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('job_id', '=', jobId)
    .where('line', '=', FLOW_LINE)
    .limit(1)
    .executeTakeFirst();
  const due = await reader.kysely
    .selectFrom('timers')
    .innerJoin('tasks', 'tasks.id', 'timers.task_id')
    .select('timers.task_id')
    .where('tasks.job_id', '=', jobId)
    .limit(1)
    .executeTakeFirst();
  return (
    waiting &&
    inLine === undefined &&
    due === undefined &&
    !counts.some(({ state }) => ['ready', 'queued', 'running'].includes(state))
  );
}
