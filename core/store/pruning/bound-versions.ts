/**
 * Versions of earlier jobs that inputs are bound to, of jobs that run or may be taken up again. There is no index for
 * the question, for every task that is created would pay for it: the tasks of these jobs are walked through, once for
 * many versions.
 */
import type { JobState } from '../../model/states.ts';
import { isPrunedJob, type Pruning } from './pruning.ts';

const OPEN: readonly JobState[] = ['running', 'failed', 'cancelled'];
const JOBS_PER_PAGE = 200;
const TASKS_PER_PAGE = 1_000;

/** Of these versions. */
export async function boundVersions(pruning: Pruning, among: ReadonlySet<number>): Promise<Set<number>> {
  const bound = new Set<number>();
  if (among.size === 0) return bound;
  for (const state of OPEN) {
    for (let after = 0; ; ) {
      const jobs = await readJobs(pruning, state, after);
      for (const job of jobs)
        if (!isPrunedJob(pruning.horizon, job)) await collect(pruning, job.id, { among, bound });
      const last = jobs.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
  }
  return bound;
}

async function readJobs({ database }: Pruning, state: JobState, after: number) {
  return await database.kysely
    .selectFrom('jobs')
    .select(['id', 'state', 'ended_at'])
    .where('state', '=', state)
    .where('id', '>', after)
    .orderBy('id')
    .limit(JOBS_PER_PAGE)
    .execute();
}

async function collect(
  { database: { kysely } }: Pruning,
  jobId: number,
  { among, bound }: { among: ReadonlySet<number>; bound: Set<number> },
): Promise<void> {
  for (let after = 0; ; ) {
    const tasks = await kysely
      .selectFrom('tasks')
      .select('id')
      .where('job_id', '=', jobId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(TASKS_PER_PAGE)
      .execute();
    const last = tasks.at(-1);
    if (last === undefined) return;
    after = last.id;
    const ids = tasks.map(({ id }) => id);
    const rows = await kysely
      .selectFrom('dependencies')
      .select('version_id')
      .where('consumer_id', 'in', ids)
      .where('version_id', 'is not', null)
      .execute();
    for (const { version_id } of rows)
      if (version_id !== null && among.has(version_id)) bound.add(version_id);
  }
}
