/** Jobs by pages, both ways along their ids, filtered by state (an index) and by a part of the name (a bounded look). */
import type { Reader } from '../db/transaction.ts';
import type { JobState } from '../model/states.ts';
import { type JobView, viewJobs } from './job-views.ts';
import { lookAlong } from './look.ts';

/** Jobs whose names are looked at. */
const MOST_LOOKED_AT = 5_000;
const BATCH = 1_000;

export interface JobQuery {
  readonly state?: JobState | undefined;
  /** A part of the name, in whatever case, or the id. */
  readonly text?: string | undefined;
  /** Only smaller ids, or only greater ones. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface JobPage {
  /** Newest first. */
  readonly jobs: readonly JobView[];
  /** To be passed as `before` and as `after`; null where there are no more. */
  readonly older: number | null;
  readonly newer: number | null;
  readonly looked: number;
  /** The look ended by its bound: there may be more that match. */
  readonly stopped: boolean;
}

interface NamedJob {
  readonly id: number;
  readonly name: string | null;
}

export async function listJobPage(reader: Reader, query: JobQuery): Promise<JobPage> {
  const { before, after, limit, text } = query;
  const isUpwards = after !== undefined && before === undefined;
  const wanted = text?.toLowerCase();
  const { found, looked, next } = await lookAlong<NamedJob, number, number>({
    ...{ limit, most: MOST_LOOKED_AT, from: isUpwards ? after : before },
    batch: wanted === undefined ? limit + 1 : BATCH,
    read: (from, size) => readNames(reader, query, { from, size, isUpwards }),
    keep: async (rows) => rows.map((row) => (matches(row, wanted) ? row.id : undefined)),
    cursorOf: ({ id }) => id,
  });
  const jobs = await viewJobs(reader, found);
  const stopped = next !== null && found.length < limit;
  if (isUpwards) return { jobs, newer: next, older: after + 1, looked, stopped };
  return { jobs, older: next, newer: before === undefined ? null : before - 1, looked, stopped };
}

interface Part {
  readonly from: number | undefined;
  readonly size: number;
  readonly isUpwards: boolean;
}

async function readNames(
  { kysely }: Reader,
  { state }: JobQuery,
  { from, size, isUpwards }: Part,
): Promise<NamedJob[]> {
  return await kysely
    .selectFrom('jobs')
    .select(['id', 'name'])
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'running'))
    .$if(from !== undefined, (query) => query.where('id', isUpwards ? '>' : '<', from ?? 0))
    .orderBy('id', isUpwards ? 'asc' : 'desc')
    .limit(size)
    .execute();
}

function matches({ id, name }: NamedJob, wanted: string | undefined): boolean {
  return wanted === undefined || String(id) === wanted || (name ?? '').toLowerCase().includes(wanted);
}
