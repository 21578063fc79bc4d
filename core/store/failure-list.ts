/**
 * Attempts that failed, newest first by the time of their end, along the indexes by time and by (job, time). Filters by type and
 * exit class are bounded looks. Tasks that failed without any attempt have no time: they are looked for along the tasks of their job.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import type { ExitClass } from '../model/states.ts';
import { type AttemptView, findAttempts } from './attempt-views.ts';
import { readCounts } from './counts.ts';
import type { Definitions } from './definitions.ts';
import { lookAlong } from './look.ts';
import { findTasks, refer, type TaskRef, type TaskView } from './task-views.ts';

const MOST_LOOKED_AT = 5_000;
const BATCH = 500;
const MOST_TASKS_LOOKED_AT = 5_000;

export interface FailureCursor {
  readonly at: number;
  readonly attempt_id: number;
}

export interface FailureQuery {
  readonly jobId?: number | undefined;
  readonly type?: string | undefined;
  readonly exitClass?: ExitClass | undefined;
  readonly before?: FailureCursor | undefined;
  readonly limit: number;
}

export interface Failure {
  /** As it stands now: it may have been tried again since. */
  readonly task: TaskRef;
  readonly type: string;
  readonly attempt_id: number;
  /** Number of the attempt. */
  readonly attempt: number;
  readonly at: number;
  readonly exit_class: ExitClass | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  readonly host: string | null;
  readonly image: string | null;
  readonly error: string;
}

export interface FailurePage {
  readonly failures: readonly Failure[];
  readonly looked: number;
  readonly next: FailureCursor | null;
}

export interface FailureRow extends FailureCursor {
  readonly job_id: number;
  readonly task_id: number;
}

export async function listNewestFailures(
  reader: Reader,
  definitions: Definitions,
  query: FailureQuery,
): Promise<FailurePage> {
  const isFiltered = query.type !== undefined || query.exitClass !== undefined;
  const { found, looked, next } = await lookAlong<FailureRow, FailureRow, FailureCursor>({
    ...{ limit: query.limit, most: MOST_LOOKED_AT, from: query.before, ...(isFiltered && { batch: BATCH }) },
    read: (before, limit) => readFailureRows(reader, { jobId: query.jobId, before, limit }),
    keep: (rows) => (isFiltered ? keepWanted(reader, query, rows) : Promise.resolve(rows)),
    cursorOf: ({ at, attempt_id }) => ({ at, attempt_id }),
  });
  return { failures: await view(reader, definitions, found), looked, next };
}

export async function readFailureRows(
  { kysely }: Reader,
  { jobId, before, limit }: Pick<FailureQuery, 'jobId' | 'before' | 'limit'>,
): Promise<FailureRow[]> {
  let query = kysely.selectFrom('failures').select(['job_id', 'task_id', 'attempt_id', 'at']);
  if (jobId !== undefined) query = query.where('job_id', '=', jobId);
  if (before !== undefined)
    query = query
      .where('at', '<=', before.at)
      .where((row) => row.or([row('at', '<', before.at), row('attempt_id', '<', before.attempt_id)]));
  return await query.orderBy('at', 'desc').orderBy('attempt_id', 'desc').limit(limit).execute();
}

async function keepWanted(
  { kysely }: Reader,
  { type, exitClass }: FailureQuery,
  rows: readonly FailureRow[],
): Promise<(FailureRow | undefined)[]> {
  const kinds = await forIds(
    rows.map(({ attempt_id }) => attempt_id),
    (part) =>
      kysely
        .selectFrom('attempts')
        .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
        .select(['attempts.id', 'exit_class', 'tasks.type'])
        .where('attempts.id', 'in', part)
        .execute(),
  );
  const byId = new Map(kinds.map((kind) => [kind.id, kind]));
  return rows.map((row) => {
    const kind = byId.get(row.attempt_id);
    const isOfType = type === undefined || kind?.type === type;
    return isOfType && (exitClass === undefined || kind?.exit_class === exitClass) ? row : undefined;
  });
}

async function view(
  reader: Reader,
  definitions: Definitions,
  rows: readonly FailureRow[],
): Promise<Failure[]> {
  const tasks = await findTasks(
    reader,
    rows.map(({ task_id }) => task_id),
  );
  const attempts = await findAttempts(
    reader,
    rows.map(({ attempt_id }) => attempt_id),
  );
  const failures: Failure[] = [];
  for (const { task_id, attempt_id, at } of rows) {
    const [task, attempt] = [tasks.get(task_id), attempts.get(attempt_id)];
    if (task === undefined || attempt === undefined) continue;
    const ref = refer(task, await definitions.get(task.job_id));
    failures.push({ task: ref, type: task.type, attempt_id, at, ...outcomeOf(task, attempt) });
  }
  return failures;
}

function outcomeOf(task: TaskView, attempt: AttemptView) {
  const { number, exit_class, exit_code, exit_signal, host, image, error } = attempt;
  return {
    attempt: number,
    exit_class,
    exit_code,
    exit_signal,
    host,
    image,
    error: error ?? task.reason ?? '',
  };
}

export interface Untried {
  readonly task: TaskRef;
  readonly type: string;
  readonly error: string;
}

export interface UntriedPage {
  readonly failures: readonly Untried[];
  readonly looked: number;
  /** To be passed as `before`: the id of a task; null at the end. */
  readonly next: number | null;
}

/** Tasks of the job that failed without an attempt, created last first: a bounded look. */
export async function listUntriedFailures(
  reader: Reader,
  definitions: Definitions,
  {
    jobId,
    before,
    limit,
  }: { readonly jobId: number; readonly before?: number | undefined; readonly limit: number },
): Promise<UntriedPage> {
  const counts = await readCounts(reader, [jobId]);
  if (!counts.some(({ state }) => state === 'failed')) return { failures: [], looked: 0, next: null };
  const { looked, last } = await findExtent(reader, jobId, before);
  const rows = await reader.kysely
    .selectFrom('tasks')
    .select('id')
    .where('job_id', '=', jobId)
    .where('id', '>=', last)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .where('state', '=', 'failed')
    .where('attempts', '=', 0)
    .where('reason', 'is not', null) // a flow task that ended as its children did has none
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const ids = rows.map(({ id }) => id);
  const tasks = [...(await findTasks(reader, ids)).values()].reverse();
  const definition = await definitions.get(jobId);
  const failures = tasks.map((task) => ({
    ...{ task: refer(task, definition), type: task.type, error: task.reason ?? '' },
  }));
  if (failures.length === limit) return { failures, looked, next: ids.at(-1) ?? null };
  return { failures, looked, next: looked < MOST_TASKS_LOOKED_AT ? null : last };
}

/** The tasks that are looked at, from the index alone: how many, and the last of them. */
async function findExtent(
  { kysely }: Reader,
  jobId: number,
  before: number | undefined,
): Promise<{ looked: number; last: number }> {
  const ids = await kysely
    .selectFrom('tasks')
    .select('id')
    .where('job_id', '=', jobId)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(MOST_TASKS_LOOKED_AT)
    .execute();
  return { looked: ids.length, last: ids.at(-1)?.id ?? 0 };
}
