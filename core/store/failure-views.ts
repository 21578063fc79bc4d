/**
 * What went wrong, newest first: tasks whose attempts failed, from the small table `failures`, and tasks of a job that
 * failed before any attempt (an expression, a missing input), which stand there in no table of their own.
 */
import type { Reader } from '../db/transaction.ts';
import type { ExitClass, TaskState } from '../model/states.ts';
import { type AttemptView, findAttempts } from './attempt-views.ts';
import { readCounts } from './counts.ts';
import { findTasks, type TaskView } from './task-views.ts';

export interface FailureView {
  readonly task: TaskView;
  /** How the task stands now: it may have been tried again since. */
  readonly state: TaskState;
  readonly exit_class: ExitClass | null;
  /** Of the last attempt that failed; null when it failed without one. */
  readonly attempt: number | null;
  readonly ended_at: number | null;
  readonly error: string;
}

export interface FailurePage {
  readonly jobId?: number | undefined;
  readonly limit: number;
  /** Only what comes after this task in the list. */
  readonly before?: { readonly id: number; readonly job_id: number } | undefined;
}

/** Newest job first, in a job the task created last first: the order of the primary key, so a page costs its rows. */
export async function listFailures(reader: Reader, page: FailurePage): Promise<FailureView[]> {
  const rows = await newestFailures(reader, page);
  const untried = page.jobId === undefined ? [] : await untriedFailures(reader, page, page.jobId);
  const tasks = await findTasks(
    reader,
    rows.map(({ task_id }) => task_id),
  );
  const attempts = await findAttempts(
    reader,
    rows.map(({ attempt_id }) => attempt_id),
  );
  const tried = rows.flatMap(({ task_id, attempt_id }) => {
    const [task, attempt] = [tasks.get(task_id), attempts.get(attempt_id)];
    return task === undefined || attempt === undefined ? [] : [viewTried(task, attempt)];
  });
  const all = [...tried, ...untried.map(viewUntried)];
  all.sort((a, b) => b.task.job_id - a.task.job_id || b.task.id - a.task.id);
  return all.slice(0, page.limit);
}

interface FailureRow {
  readonly job_id: number;
  readonly task_id: number;
  readonly attempt_id: number;
}

/** The newest failure of each task. */
async function newestFailures(reader: Reader, page: FailurePage): Promise<FailureRow[]> {
  const newest = new Map<number, FailureRow>();
  for (let { before } = page; ; ) {
    const rows = await selectFailures(reader, { ...page, before });
    for (const row of rows) if (!newest.has(row.task_id)) newest.set(row.task_id, row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < page.limit || newest.size >= page.limit)
      return [...newest.values()];
    before = { id: last.task_id, job_id: last.job_id };
  }
}

async function selectFailures(
  { kysely }: Reader,
  { jobId, limit, before }: FailurePage,
): Promise<FailureRow[]> {
  const query = kysely
    .selectFrom('failures')
    .select(['job_id', 'task_id', 'attempt_id'])
    .orderBy('job_id', 'desc')
    .orderBy('task_id', 'desc')
    .orderBy('attempt_id', 'desc')
    .limit(limit);
  if (jobId !== undefined) {
    const ofJob = query.where('job_id', '=', jobId);
    return await (before === undefined ? ofJob : ofJob.where('task_id', '<', before.id)).execute();
  }
  if (before === undefined) return await query.execute();
  return await query
    .where('job_id', '<=', before.job_id)
    .where((row) => row.or([row('job_id', '<', before.job_id), row('task_id', '<', before.id)]))
    .execute();
}

/** Costs O(tasks of the job), in one pass along the index, and nothing when the counts say that nothing failed. */
async function untriedFailures(
  reader: Reader,
  { limit, before }: FailurePage,
  jobId: number,
): Promise<TaskView[]> {
  const counts = await readCounts(reader, [jobId]);
  if (!counts.some(({ state }) => state === 'failed')) return [];
  const rows = await reader.kysely
    .selectFrom('tasks')
    .select('id')
    .where('job_id', '=', jobId)
    .where('state', '=', 'failed')
    .where('attempts', '=', 0)
    .where('reason', 'is not', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before?.id ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return [
    ...(
      await findTasks(
        reader,
        rows.map(({ id }) => id),
      )
    ).values(),
  ];
}

function viewTried(task: TaskView, attempt: AttemptView): FailureView {
  const { exit_class, number, ended_at, error } = attempt;
  return {
    task,
    state: task.state,
    exit_class,
    attempt: number,
    ended_at,
    error: error ?? task.reason ?? '',
  };
}

function viewUntried(task: TaskView): FailureView {
  return {
    task,
    state: task.state,
    exit_class: null,
    attempt: null,
    ended_at: null,
    error: task.reason ?? '',
  };
}
