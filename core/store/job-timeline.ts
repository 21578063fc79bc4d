/**
 * What happened to a job, oldest first: its submission, what people did to it (from the audit, a bounded look), its failures and its end.
 */
import type { Reader } from '../db/transaction.ts';
import { viewJob } from './job-views.ts';
import { lookAlong } from './look.ts';

const MOST_ACTS = 50;
const MOST_LOOKED_AT = 2_000;
const BATCH = 500;

export interface JobEvent {
  readonly at: number;
  readonly kind: 'submitted' | 'action' | 'failure' | 'ended';
  readonly person: string | null;
  readonly words: string;
}

export async function readJobTimeline(reader: Reader, jobId: number): Promise<JobEvent[]> {
  const { submitted_at, submitted_by, ended_at, state } = await viewJob(reader, jobId);
  const submitted = {
    at: submitted_at,
    kind: 'submitted',
    person: submitted_by,
    words: 'submitted',
  } as const;
  const ended =
    ended_at === null
      ? []
      : [{ at: ended_at, kind: 'ended', person: null, words: `ended: ${state}` } as const];
  const events = [
    submitted,
    ...(await readActs(reader, jobId)),
    ...(await readFailures(reader, jobId)),
    ...ended,
  ];
  return events.sort((a, b) => a.at - b.at);
}

/** The record of an action names what it was about at its beginning: `job 7`, or `12 tasks of job 7`. */
async function readActs(reader: Reader, jobId: number): Promise<JobEvent[]> {
  const isAbout = new RegExp(`(^|of )job ${jobId}\\b`);
  const { found } = await lookAlong({
    ...{ limit: MOST_ACTS, most: MOST_LOOKED_AT, batch: BATCH, from: undefined as number | undefined },
    read: (before, size) => readAudit(reader, before, size),
    keep: async (rows) =>
      rows.map(({ at, person, action, detail }): JobEvent | undefined =>
        action !== 'submit' && isAbout.test(detail)
          ? { at, kind: 'action', person, words: `${action}: ${detail}` }
          : undefined,
      ),
    cursorOf: ({ id }) => id,
  });
  return [...found];
}

async function readAudit({ kysely }: Reader, before: number | undefined, size: number) {
  return await kysely
    .selectFrom('audit')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(size)
    .execute();
}

/** The first and the last, along the index by job and time. */
async function readFailures({ kysely }: Reader, jobId: number): Promise<JobEvent[]> {
  const edge = (order: 'asc' | 'desc') =>
    kysely
      .selectFrom('failures')
      .select(['at', 'task_id'])
      .where('job_id', '=', jobId)
      .orderBy('at', order)
      .orderBy('attempt_id', order)
      .limit(1)
      .executeTakeFirst();
  const [first, last] = [await edge('asc'), await edge('desc')];
  if (first === undefined || last === undefined) return [];
  const event = (at: number, words: string): JobEvent => ({ at, kind: 'failure', person: null, words });
  if (first.task_id === last.task_id) return [event(first.at, `task ${first.task_id} failed`)];
  return [
    event(first.at, `first failure: task ${first.task_id}`),
    event(last.at, `last failure: task ${last.task_id}`),
  ];
}
