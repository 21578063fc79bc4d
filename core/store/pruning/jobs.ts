/**
 * Whole jobs that ended long ago. The job's own row goes first, in the transaction that notes the job in
 * `pruned_jobs`: from then on it is gone for everybody and cannot be reopened; the rest follows in batches, and a
 * pruning that was broken off is gone on with by the next. Products that have versions stay with them, for the newest
 * version of an address outlives its job: see versions.ts, which removes them when nobody needs them.
 */
import { insertRows } from '../../db/rows.ts';
import { type Reader, reading, transact } from '../../db/transaction.ts';
import { FOLD_AT_MOST, foldCounts, forgetCounts } from '../counts.ts';
import { forgetUsages } from '../usage-counts.ts';
import { removeLogs } from './logs.ts';
import { type Pruning, removeRows } from './pruning.ts';

const JOBS_PER_PAGE = 200;
const TASKS_PER_BATCH = 500;

export async function pruneJobs(pruning: Pruning): Promise<void> {
  if (!pruning.dryRun) await finishJobs(pruning);
  if (!pruning.dryRun) while ((await transact(pruning.database, foldCounts)) >= FOLD_AT_MOST);
  for (let after = 0; ; ) {
    const ids = await endedJobs(pruning, after);
    for (const id of ids) {
      if (pruning.stop.aborted) return;
      if (await removeJob(pruning, id)) await clearJob(pruning, id);
    }
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** Jobs whose pruning was begun and broken off. */
async function finishJobs(pruning: Pruning): Promise<void> {
  const begun = await pruning.database.kysely
    .selectFrom('pruned_jobs')
    .select('job_id')
    .orderBy('job_id')
    .execute();
  for (const { job_id } of begun) await clearJob(pruning, job_id);
}

async function endedJobs({ database, horizon }: Pruning, after: number): Promise<number[]> {
  const { jobs: before } = horizon.before;
  if (before === undefined) return [];
  const rows = await database.kysely
    .selectFrom('jobs')
    .select('id')
    .where('id', '>', after)
    .where('state', '!=', 'running')
    .where('ended_at', '<', before)
    .orderBy('id')
    .limit(JOBS_PER_PAGE)
    .execute();
  return rows.map(({ id }) => id);
}

/** False when somebody has reopened it meanwhile. */
async function removeJob(pruning: Pruning, id: number): Promise<boolean> {
  pruning.add('jobs', { count: 1, rows: 1 });
  if (pruning.dryRun) return true;
  const removed = await transact(pruning.database, async (trx) => {
    const { kysely, dialect } = trx;
    const job = await kysely
      .selectFrom('jobs')
      .select(['state', 'ended_at'])
      .where('id', '=', id)
      .modifyEnd(dialect.forUpdate)
      .executeTakeFirst();
    const before = pruning.horizon.before.jobs ?? 0;
    if (job === undefined || job.state === 'running' || (job.ended_at ?? before) >= before) return false;
    await kysely.deleteFrom('jobs').where('id', '=', id).execute();
    await kysely.deleteFrom('pauses').where('scope', '=', 'job').where('name', '=', String(id)).execute();
    await insertRows(trx, 'pruned_jobs', [{ job_id: id, at: pruning.horizon.now }]);
    return true;
  });
  if (!removed) pruning.add('jobs', { count: -1, rows: -1 });
  return removed;
}

async function clearJob(pruning: Pruning, jobId: number): Promise<void> {
  const { database, stop } = pruning;
  for (let after = 0; ; ) {
    if (stop.aborted) return;
    const tasks = await database.kysely
      .selectFrom('tasks')
      .select(['id', 'scope_id'])
      .where('job_id', '=', jobId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(TASKS_PER_BATCH)
      .execute();
    const last = tasks.at(-1);
    if (last === undefined) break;
    await clearTasks(pruning, tasks);
    after = last.id;
  }
  await forgetJob(pruning, jobId);
}

async function forgetJob(pruning: Pruning, jobId: number): Promise<void> {
  const { dryRun } = pruning;
  if (dryRun) return;
  const rows = await transact(pruning.database, async (trx) => {
    const ofJob = { column: 'job_id', ids: [jobId] };
    await removeRows({ ...trx, dryRun }, { table: 'pruned_jobs', ...ofJob });
    const failures = await removeRows({ ...trx, dryRun }, { table: 'failures', ...ofJob });
    return failures + (await forgetCounts(trx, jobId)) + (await forgetUsages(trx, jobId));
  });
  pruning.add('jobs', { rows });
}

const OF_A_TASK = [
  { table: 'dependencies', column: 'consumer_id' },
  { table: 'output_metadata', column: 'task_id' },
  { table: 'timers', column: 'task_id' },
  { table: 'cancellations', column: 'task_id' },
  { table: 'tasks', column: 'id' },
] as const;

/** Logs first: they are what may be too much for one transaction. */
async function clearTasks(
  pruning: Pruning,
  tasks: readonly { id: number; scope_id: number }[],
): Promise<void> {
  const { database, dryRun } = pruning;
  const ids = tasks.map(({ id }) => id);
  const attempts = await database.kysely
    .selectFrom('attempts')
    .select('id')
    .where('task_id', 'in', ids)
    .execute();
  const attemptIds = attempts.map(({ id }) => id);
  await removeLogs(pruning, attemptIds);
  const productIds = await productsWithoutVersions(reading(database), ids);
  const rows = await inTransaction(pruning, async (reader) => {
    const remove = (from: Parameters<typeof removeRows>[1]) => removeRows({ ...reader, dryRun }, from);
    let found = await remove({ table: 'usages', column: 'attempt_id', ids: attemptIds });
    found += await remove({ table: 'attempts', column: 'id', ids: attemptIds });
    found += await remove({ table: 'products', column: 'id', ids: productIds });
    found += await remove({
      table: 'scopes',
      column: 'id',
      ids: [...new Set(tasks.map((task) => task.scope_id))],
    });
    for (const from of OF_A_TASK) found += await remove({ ...from, ids });
    return found;
  });
  pruning.add('jobs', { rows });
}

async function inTransaction<T>(
  { database, dryRun }: Pruning,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  return dryRun ? await work(reading(database)) : await transact(database, work);
}

async function productsWithoutVersions({ kysely }: Reader, taskIds: readonly number[]): Promise<number[]> {
  const rows = await kysely
    .selectFrom('products')
    .leftJoin('versions', 'versions.product_id', 'products.id')
    .select('products.id')
    .where('products.task_id', 'in', taskIds)
    .where('versions.id', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}
