/** Jobs: one submitted file, one run. Submission writes the job, its root scope and its root chain in one transaction. */
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { JobState } from '../model/states.ts';
import { type Dict, toJson } from '../model/values.ts';
import { readNow } from './clock.ts';
import { CountChanges } from './counts.ts';
import { type Ids, nextJobId } from './ids.ts';
import { standInLine } from './ready.ts';

export interface NewJob {
  readonly name: string | null;
  /** Canonical JSON text of the job file. */
  readonly definition: string;
  readonly parameters: Dict;
  readonly priority: number;
  /** Who wants it. */
  readonly submittedBy: string;
}

/** Returns the id of the job. Nothing of it is visible before the transaction commits. */
export async function insertJob(trx: Transaction, ids: Ids, job: NewJob): Promise<number> {
  const nextId = await ids.take(trx, 2);
  const [id, scopeId, rootId] = [await nextJobId(trx), nextId(), nextId()];
  const { name, definition, priority, submittedBy } = job;
  const submittedAt = await readNow(trx);
  await insertRows(trx, 'jobs', [
    {
      ...{ id, name, state: 'running' as const, priority, definition },
      ...{ root_id: rootId, pending_flows: 1, submitted_at: submittedAt, submitted_by: submittedBy },
    },
  ]);
  await insertRows(trx, 'scopes', [
    { id: scopeId, job_id: id, job_name: name, working_directory: '', metadata: toJson(job.parameters) },
  ]);
  const rank = priority === 0 ? 0 : -priority;
  const root = { id: rootId, job_id: id, kind: 'chain' as const, type: 'execution_chain', rank };
  await insertRows(trx, 'tasks', [{ ...root, position: 0, node: 0, scope_id: scopeId, state: 'ready' }]);
  await standInLine(trx, [{ ...root, worker_class: null, attempts: 0 }]);
  const counts = new CountChanges();
  counts.created(root, 'ready');
  await counts.write(trx);
  return id;
}

export async function findJob({ kysely }: Reader, id: number): Promise<{ id: number; state: JobState }> {
  const job = await kysely.selectFrom('jobs').select(['id', 'state']).where('id', '=', id).executeTakeFirst();
  if (job === undefined)
    throw new EaselError('not_found', `there is no job ${id}; \`easel jobs\` lists them`);
  return job;
}

/** Locks a running job for the creation of tasks; undefined when it has ended or another scheduler is at it. */
export async function lockJob({ kysely, dialect }: Transaction, id: number) {
  return await kysely
    .selectFrom('jobs')
    .select(['id', 'pending_flows'])
    .where('id', '=', id)
    .where('state', '=', 'running')
    .modifyEnd(dialect.skipLocked)
    .executeTakeFirst();
}

export async function readDefinition({ kysely }: Reader, id: number): Promise<string> {
  const row = await kysely.selectFrom('jobs').select('definition').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new EaselError('not_found', `there is no job ${id}`);
  return row.definition;
}

export async function changePendingFlows({ kysely }: Transaction, id: number, change: number): Promise<void> {
  if (change === 0) return;
  await kysely
    .updateTable('jobs')
    .set((row) => ({ pending_flows: row('pending_flows', '+', change) }))
    .where('id', '=', id)
    .execute();
}

export async function runningJobs({ kysely }: Reader): Promise<number[]> {
  const rows = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'running')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Jobs in which something may have ended badly: those that run, failed or were cancelled. */
export async function unfinishedJobs({ kysely }: Reader): Promise<number[]> {
  const states = ['running', 'failed', 'cancelled'] as const;
  const rows = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('state', 'in', states)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}
