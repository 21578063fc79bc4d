/** Where a task stands that lacks nothing but its turn: in line before a scheduler, or in the queue before workers. */
import type { Reader } from '../db/transaction.ts';
import type { Context } from './asking.ts';
import { findAttempt } from './attempt-views.ts';
import type { Bounded, Reason } from './explanation.ts';
import { aliveProcesses } from './processes.ts';
import { FLOW_LINE, nextJobInLine } from './ready.ts';
import type { TaskView } from './task-views.ts';

/** Whoever stands behind more than this does not mind the exact number. */
const COUNTED_AT_MOST = 10_000;
const JOBS_COUNTED_AT_MOST = 20;

export async function readPlace({ reader, aliveWithinMs }: Context, task: TaskView): Promise<Reason> {
  const alive = await aliveProcesses(reader, aliveWithinMs);
  const { worker_class } = task;
  const workers = alive.filter((each) => each.role === 'worker' && each.worker_class === worker_class);
  if (task.state === 'queued') {
    const attempt = await findAttempt(reader, task.id);
    return {
      kind: 'queued',
      worker_class: worker_class ?? '',
      queued_ms: attempt === undefined ? 0 : Math.max(0, Number(attempt.now) - attempt.queued_at),
      ahead: await countAhead(reader, {
        worker_class: worker_class ?? '',
        rank: task.rank,
        attempt_id: attempt?.id ?? 0,
      }),
      workers: workers.length,
      slots: workers.reduce((sum, { slots }) => sum + slots, 0),
    };
  }
  return {
    kind: 'ready',
    worker_class,
    before: await countBefore(reader, task),
    other_jobs: await countOtherJobs(reader, task),
    schedulers: alive.filter(({ role }) => role === 'scheduler').length,
    workers: workers.length,
  };
}

async function countBefore(
  { kysely }: Reader,
  { worker_class, job_id, rank, id }: TaskView,
): Promise<Bounded> {
  const before = kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('line', '=', worker_class ?? FLOW_LINE)
    .where('job_id', '=', job_id)
    .where('rank', '<=', rank)
    .where((row) => row.or([row('rank', '<', rank), row('task_id', '<', id)]))
    .limit(COUNTED_AT_MOST + 1);
  const row = await kysely
    .selectFrom(before.as('before'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return bounded(Number(row?.count ?? 0), COUNTED_AT_MOST);
}

/** Jobs take turns, so it matters how many there are. */
async function countOtherJobs(reader: Reader, { worker_class, job_id }: TaskView): Promise<Bounded> {
  let count = 0;
  let after = 0;
  while (count <= JOBS_COUNTED_AT_MOST) {
    const job = await nextJobInLine(reader, worker_class ?? FLOW_LINE, after);
    if (job === undefined) break;
    after = job;
    if (job !== job_id) count++;
  }
  return bounded(count, JOBS_COUNTED_AT_MOST);
}

interface Entry {
  readonly worker_class: string;
  readonly rank: number;
  readonly attempt_id: number;
}

async function countAhead({ kysely }: Reader, { worker_class, rank, attempt_id }: Entry): Promise<Bounded> {
  const ahead = kysely
    .selectFrom('queue_entries')
    .select('attempt_id')
    .where('worker_class', '=', worker_class)
    .where('rank', '<=', rank)
    .where((row) => row.or([row('rank', '<', rank), row('attempt_id', '<', attempt_id)]))
    .limit(COUNTED_AT_MOST + 1);
  const row = await kysely
    .selectFrom(ahead.as('ahead'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return bounded(Number(row?.count ?? 0), COUNTED_AT_MOST);
}

const bounded = (count: number, most: number): Bounded => ({
  count: Math.min(count, most),
  over: count > most,
});
