/**
 * What must hold when all jobs have ended: each exists as often as was promised and has ended as predicted, breaks no
 * invariant, and every product has the content that its inputs give it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reading } from '../../core/db/transaction.ts';
import { versionsDirectory } from '../../core/runtime/areas.ts';
import { readLogs } from '../../core/store/logs.ts';
import { checkInvariants } from '../support/invariants.ts';
import { type JobView, readJobView } from '../support/job-view.ts';
import type { Ground } from './ground.ts';
import { type ChaosJob, LOG_LINE } from './job.ts';
import type { Submitted } from './load.ts';

export async function judgeJobs(ground: Ground, submitted: Iterable<Submitted>): Promise<string[]> {
  const problems: string[] = [];
  for (const { job, accepted } of submitted) {
    const ids = await jobsNamed(ground, job.name);
    if (ids.length < accepted)
      problems.push(`${job.name}: ${accepted} submissions were accepted, ${ids.length} jobs are there`);
    for (const id of ids) {
      const found = await judgeJob(ground, job, id);
      problems.push(...found.map((problem) => `job ${id} (${job.name}): ${problem}`));
    }
  }
  return problems;
}

async function jobsNamed({ installation }: Ground, name: string): Promise<number[]> {
  const { kysely } = installation.database;
  const rows = await kysely.selectFrom('jobs').select('id').where('name', '=', name).orderBy('id').execute();
  return rows.map(({ id }) => id);
}

async function judgeJob(ground: Ground, job: ChaosJob, id: number): Promise<string[]> {
  const { installation } = ground;
  const view = await readJobView(installation.database, id);
  const problems = [
    ...job.judge(view),
    ...judgeContents(versionsDirectory(installation.areas), job, view),
    ...(await judgeLogs(ground, job, id)),
  ];
  try {
    await checkInvariants(installation, id);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

/** That a task that is done has its products, and another has not, is one of the invariants. */
function judgeContents(versions: string, { files }: ChaosJob, view: JobView): string[] {
  if (files === undefined) return [];
  const problems: string[] = [];
  for (const [address, file] of view.products) {
    const wanted = files.get(address);
    const real = readFileSync(join(versions, file), 'utf8');
    if (real !== wanted)
      problems.push(`${address} holds ${JSON.stringify(real)}, not ${JSON.stringify(wanted)}`);
  }
  const missing = [...files.keys()].filter((address) => !view.products.has(address));
  const isWhole = view.state === 'succeeded';
  return isWhole && missing.length > 0 ? [...problems, `there is no ${missing.join(', ')}`] : problems;
}

/** Of an attempt that succeeded, each line is there once. */
async function judgeLogs({ installation }: Ground, { text }: ChaosJob, jobId: number): Promise<string[]> {
  if (!text.includes(LOG_LINE)) return [];
  const { kysely } = installation.database;
  const attempts = await kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .innerJoin('products', 'products.task_id', 'tasks.id')
    .select('attempts.id')
    .where('attempts.job_id', '=', jobId)
    .where('attempts.state', '=', 'succeeded')
    .where('tasks.type', '=', 'command')
    .execute();
  const problems: string[] = [];
  for (const { id } of attempts) {
    const chunks = await readLogs(reading(installation.database), id);
    const lines = chunks.flatMap(({ content }) => content.trimEnd().split('\n'));
    if (lines.length !== 1 || lines[0]?.includes(LOG_LINE) !== true)
      problems.push(`the log of attempt ${id}: ${JSON.stringify(lines)}`);
  }
  return problems;
}
