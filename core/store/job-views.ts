/**
 * Jobs for people to look at: read-only, by pages along an index, counts by roll-up and never by reading tasks.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import { ENDED, type JobState, type TaskState } from '../model/states.ts';
import { isFlowType } from '../model/task-type.ts';
import { readCounts, type TaskCount } from './counts.ts';
import { type Pauses, readPauses } from './pauses.ts';

export interface JobView {
  readonly id: number;
  readonly name: string | null;
  readonly state: JobState;
  readonly priority: number;
  /** Nothing new of it starts, by a pause of the job or of everything. */
  readonly paused: boolean;
  /** Flow tasks that may still create tasks: while there are any, the counts still grow. */
  readonly pending_flows: number;
  readonly submitted_at: number;
  /** Null of jobs that an earlier Easel took. */
  readonly submitted_by: string | null;
  readonly ended_at: number | null;
  /** The database's clock, when this was read. */
  readonly now: number;
  readonly progress: Progress;
}

/** Work tasks only: flow tasks are structure, not work. */
export interface Progress {
  readonly total: number;
  readonly ended: number;
  readonly states: Readonly<Partial<Record<TaskState, number>>>;
}

/** Newest first; those that do not exist are left out. */
export async function viewJobs(reader: Reader, ids: readonly number[]): Promise<JobView[]> {
  const rows = await forIds(ids, (part) => selectJobs(reader).where('id', 'in', part).execute());
  const counts = Map.groupBy(await readCounts(reader, ids), ({ job_id }) => job_id);
  const pauses = await readPauses(reader);
  return rows.reverse().map((row) => toView(row, pauses, counts.get(row.id) ?? []));
}

export async function viewJob(reader: Reader, id: number): Promise<JobView> {
  const row = await selectJobs(reader).where('id', '=', id).executeTakeFirst();
  if (row === undefined)
    throw new EaselError('not_found', `there is no job ${id}; \`easel jobs\` lists them`);
  return toView(row, await readPauses(reader), await readCounts(reader, [id]));
}

type JobRow = Omit<JobView, 'paused' | 'progress'>;

function toView(row: JobRow, pauses: Pauses, counts: readonly TaskCount[]): JobView {
  const paused = row.state === 'running' && pauses.holdsJob(row.id);
  return { ...row, now: Number(row.now), paused, progress: summarise(counts) };
}

/** The newest job that runs, or else the newest of all. */
export async function currentJob(reader: Reader): Promise<number> {
  const newest = (state?: JobState) => listIds(reader, state);
  const id = (await newest('running')) ?? (await newest());
  if (id === undefined) throw new EaselError('not_found', 'there is no job yet; `easel submit` makes one');
  return id;
}

async function listIds({ kysely }: Reader, state: JobState | undefined): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('jobs')
    .select('id')
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'running'))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Without the definition, which may be megabytes. */
function selectJobs({ kysely, dialect }: Reader) {
  return kysely
    .selectFrom('jobs')
    .select(['id', 'name', 'state', 'priority', 'pending_flows', 'submitted_at', 'submitted_by', 'ended_at'])
    .select(dialect.now.as('now'));
}

function summarise(counts: readonly TaskCount[]): Progress {
  const states: Partial<Record<TaskState, number>> = {};
  for (const { type, state, tasks } of counts) {
    if (!isFlowType(type)) states[state] = (states[state] ?? 0) + Number(tasks);
  }
  const sum = (chosen: readonly TaskState[]) =>
    chosen.reduce((total, state) => total + (states[state] ?? 0), 0);
  return { total: sum(Object.keys(states) as TaskState[]), ended: sum(ENDED), states };
}
