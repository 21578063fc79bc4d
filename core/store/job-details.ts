/** One job for its page: its parameters, its file as it was stored, who wanted it, and when it may end. */
import type { Reader } from '../db/transaction.ts';
import { type Estimate, estimateEnd, type TypeProgress } from '../model/estimate.ts';
import { prettyJson } from '../model/pretty-json.ts';
import type { TaskState } from '../model/states.ts';
import { isFlowType } from '../model/task-type.ts';
import { isDict, type Plain, parseJson, toPlain } from '../model/values.ts';
import { readCounts } from './counts.ts';
import { type JobView, viewJob } from './job-views.ts';
import { readDefinition } from './jobs.ts';

/** Attempts whose times are averaged, of each type. */
const SAMPLE = 200;

export interface JobDetails extends JobView {
  readonly root_id: number | null;
  readonly parameters: { readonly [name: string]: Plain };
  /** Work tasks by type: how many in which state, and their mean wall-clock time. */
  readonly types: readonly TypeProgress[];
  /** Null when it has ended, or nothing can be said yet. */
  readonly estimate: Estimate | null;
}

export async function readJobDetails(reader: Reader, id: number): Promise<JobDetails> {
  const job = await viewJob(reader, id);
  const types = await readTypeProgress(reader, id);
  const estimate = job.state === 'running' ? estimateEnd({ ...job, types }) : null;
  const root = await reader.kysely
    .selectFrom('jobs')
    .innerJoin('tasks', 'tasks.id', 'jobs.root_id')
    .innerJoin('scopes', 'scopes.id', 'tasks.scope_id')
    .select(['jobs.root_id', 'scopes.metadata'])
    .where('jobs.id', '=', id)
    .executeTakeFirst();
  const found = parseJson(root?.metadata ?? '{}');
  const parameters = isDict(found) ? (toPlain(found) as JobDetails['parameters']) : {};
  return { ...job, root_id: root?.root_id ?? null, parameters, types, estimate };
}

/** The job file as Easel keeps it: comments and the order of its author's lines are gone, values are as they were. */
export async function readDefinitionText(reader: Reader, jobId: number): Promise<string> {
  return `${prettyJson(parseJson(await readDefinition(reader, jobId)))}\n`;
}

async function readTypeProgress(reader: Reader, jobId: number): Promise<TypeProgress[]> {
  const counts = (await readCounts(reader, [jobId])).filter(({ type }) => !isFlowType(type));
  const byType = [...Map.groupBy(counts, ({ type }) => type)].sort(([a], [b]) => (a < b ? -1 : 1));
  return await Promise.all(
    byType.map(async ([type, rows]) => {
      const states: Partial<Record<TaskState, number>> = {};
      for (const { state, tasks } of rows) states[state] = Number(tasks);
      return { type, states, mean_ms: await meanTime(reader, jobId, type) };
    }),
  );
}

/** Of the newest attempts: along the index by type and job, whose entries end with the attempt. */
async function meanTime({ kysely }: Reader, jobId: number, type: string): Promise<number | null> {
  const newest = kysely
    .selectFrom('usages')
    .select('wall_ms')
    .where('type', '=', type)
    .where('job_id', '=', jobId)
    .orderBy('attempt_id', 'desc')
    .limit(SAMPLE);
  const row = await kysely
    .selectFrom(newest.as('newest'))
    .select((each) => each.fn.avg<number | null>('wall_ms').as('mean'))
    .executeTakeFirst();
  return row?.mean ?? null;
}
