/**
 * What must hold of any job that has ended, however it ended and whatever died on the way. Throws an AssertionError that
 * names what does not hold. Public names follow the commit, so they are waited for. The doctor is asked as well: what is
 * stated here by other means, it must not find broken.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reading } from '../../core/db/transaction.ts';
import type { Installation } from '../../core/installation.ts';
import { ENDED } from '../../core/model/states.ts';
import { versionsDirectory } from '../../core/runtime/areas.ts';
import { readCounts } from '../../core/store/counts.ts';
import { newestFiles } from '../../core/store/products.ts';
import { countUsages, readUsageCounts, type UsageCount } from '../../core/store/usage-counts.ts';
import { expectHealthy } from './doctor.ts';
import { until } from './until.ts';

export async function checkInvariants(installation: Installation, jobId: number): Promise<void> {
  await checkTasks(installation, jobId);
  await checkCounts(installation, jobId);
  await checkUsages(installation, jobId);
  await checkNothingLeft(installation, jobId);
  await checkAttempts(installation, jobId);
  await checkVersions(installation, jobId);
  await checkPublicNames(installation, jobId);
  // a wish to cancel is forgotten by schedulers, and there may be none
  await expectHealthy(installation, { jobId, hash: true, except: ['idle_cancellation'] });
}

async function checkTasks({ database: { kysely } }: Installation, jobId: number): Promise<void> {
  const tasks = await kysely.selectFrom('tasks').selectAll().where('job_id', '=', jobId).execute();
  const open = tasks.filter(({ state }) => !ENDED.includes(state)).map(({ id, state }) => `${id} ${state}`);
  deepEqual(open, [], 'a job that has ended holds tasks that have not');
  const children = Map.groupBy(tasks, ({ parent_id }) => parent_id ?? 0);
  for (const task of tasks) {
    const own = children.get(task.id) ?? [];
    const bad = own.filter(({ state }) => state !== 'done' && state !== 'not_taken').length;
    if (task.state === 'done') equal(task.unmet, 0, `task ${task.id} is done and waits for ${task.unmet}`);
    if (task.state === 'failed' || task.state === 'blocked') {
      const explained =
        task.reason !== null || task.cause_id !== null || task.attempts > 0 || task.bad_children > 0;
      equal(explained, true, `task ${task.id} is ${task.state} for no reason`);
    }
    if (task.kind === 'work') continue;
    equal(task.open_children, 0, `task ${task.id} has ended with open children`);
    equal(task.bad_children, bad, `task ${task.id} counts its bad children wrongly`);
    equal(task.created_children, own.length, `task ${task.id} counts its children wrongly`);
    if (task.state === 'done') equal(bad, 0, `task ${task.id} is done and has children that are not`);
  }
  const root = tasks.find(({ parent_id }) => parent_id === null);
  const job = await kysely.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow();
  equal(job.state === 'succeeded', root?.state === 'done', 'a job ends as its root does');
  equal(job.pending_flows, 0, 'a job that has ended can create no more tasks');
}

/** The counts that people see are those of the tasks. */
export async function checkCounts({ database }: Installation, jobId: number): Promise<void> {
  const counted = await readCounts(reading(database), [jobId]);
  const real = await database.kysely
    .selectFrom('tasks')
    .select((row) => ['type', 'state', row.fn.countAll<number>().as('tasks')])
    .where('job_id', '=', jobId)
    .groupBy(['type', 'state'])
    .execute();
  const write = (rows: readonly { type: string; state: string; tasks: number }[]) =>
    rows.map(({ type, state, tasks }) => `${type} ${state} ${tasks}`).sort();
  deepEqual(write(counted), write(real), 'the counts are not those of the tasks');
}

/** The timings that people see count every attempt of which it is known what it took. */
export async function checkUsages({ database }: Installation, jobId: number): Promise<void> {
  const counted = await readUsageCounts(reading(database), { jobId });
  const rows = await database.kysely.selectFrom('usages').selectAll().where('job_id', '=', jobId).execute();
  const write = (all: readonly Omit<UsageCount, 'job_id' | 'total'>[]) =>
    all.map(({ type, measure, bin, attempts }) => `${type} ${measure} ${bin} ${attempts}`).sort();
  deepEqual(write(counted), write(countUsages(rows)), 'the timings are not those of the attempts');
}

async function checkNothingLeft({ database: { kysely } }: Installation, jobId: number): Promise<void> {
  const inLine = await kysely.selectFrom('ready_tasks').selectAll().where('job_id', '=', jobId).execute();
  const wanted = await kysely.selectFrom('wanted').selectAll().where('job_id', '=', jobId).execute();
  const queued = await kysely
    .selectFrom('queue_entries')
    .innerJoin('tasks', 'tasks.id', 'queue_entries.task_id')
    .select('task_id')
    .where('job_id', '=', jobId)
    .execute();
  const aside = await kysely.selectFrom('paused_tasks').selectAll().where('job_id', '=', jobId).execute();
  deepEqual(
    { inLine, aside, wanted, queued },
    { inLine: [], aside: [], wanted: [], queued: [] },
    'rows are left of a job that has ended',
  );
}

async function checkAttempts({ database: { kysely } }: Installation, jobId: number): Promise<void> {
  const attempts = await kysely.selectFrom('attempts').selectAll().where('job_id', '=', jobId).execute();
  const tasks = await kysely
    .selectFrom('tasks')
    .select(['id', 'state', 'attempts', 'kind', 'tried_from'])
    .where('job_id', '=', jobId)
    .execute();
  const byTask = Map.groupBy(attempts, ({ task_id }) => task_id);
  for (const { id, state, kind, attempts: number, tried_from } of tasks) {
    const own = byTask.get(id) ?? [];
    const successes = own.filter((each) => each.state === 'succeeded' && each.number > tried_from).length;
    equal(
      successes,
      kind === 'work' && state === 'done' ? 1 : 0,
      `task ${id} is ${state} with ${successes} successes`,
    );
    equal(own.length, number, `task ${id} counts its attempts wrongly`);
  }
  const open = attempts.filter((each) => each.open_task_id !== null || each.lease_until !== null);
  deepEqual(
    open.map(({ id }) => id),
    [],
    'attempts are still open',
  );
}

async function checkVersions({ database: { kysely }, areas }: Installation, jobId: number): Promise<void> {
  const versions = await kysely
    .selectFrom('versions')
    .innerJoin('attempts', 'attempts.id', 'versions.attempt_id')
    .select(['versions.id', 'file', 'size', 'sha256', 'attempts.state'])
    .where('attempts.job_id', '=', jobId)
    .execute();
  for (const { id, file, size, sha256 } of versions) {
    const content = readFileSync(join(versionsDirectory(areas), file));
    equal(content.length, size, `version ${id} has another size than recorded`);
    equal(
      createHash('sha256').update(content).digest('hex'),
      sha256,
      `version ${id} has another content than recorded`,
    );
  }
  const products = await kysely
    .selectFrom('products')
    .innerJoin('tasks', 'tasks.id', 'products.task_id')
    .select(['products.address', 'version_id', 'state'])
    .where('products.job_id', '=', jobId)
    .execute();
  for (const { address, version_id, state } of products) {
    equal(version_id !== null, state === 'done', `product ${address} of a task that is ${state}`);
  }
}

/** The public name shows the newest version, and no other file lies beside it. */
async function checkPublicNames({ database, areas }: Installation, jobId: number): Promise<void> {
  const { kysely } = database;
  const products = await kysely
    .selectFrom('products')
    .select('address')
    .where('job_id', '=', jobId)
    .where('version_id', 'is not', null)
    .execute();
  const unpublished = async () =>
    await kysely
      .selectFrom('publications')
      .innerJoin('versions', 'versions.id', 'publications.version_id')
      .innerJoin('products', 'products.id', 'versions.product_id')
      .select('products.address')
      .where('products.job_id', '=', jobId)
      .execute();
  await until(async () => (await unpublished()).length === 0, { message: 'the versions to be published' });
  const newest = await newestFiles(
    reading(database),
    products.map(({ address }) => address),
  );
  for (const [address, file] of newest) {
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    equal(
      hash(join(areas.output, address)),
      hash(join(versionsDirectory(areas), file)),
      `${address} is not the newest version`,
    );
  }
}
