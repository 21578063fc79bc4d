/** Where a task stands that lacks nothing but its turn: in line before a scheduler, or in the queue before workers. */
import type { AliasedSelectQueryBuilder } from 'kysely';
import type { Reader } from '../db/transaction.ts';
import { workerClasses } from '../model/fit.ts';
import { type Context, schedulersAlive } from './asking.ts';
import { findAttempt } from './attempt-views.ts';
import type { Bounded, QueuedReason, ReadyReason } from './explanation.ts';
import { pausesOn } from './pauses.ts';
import { FLOW_LINE, nextJobInLine } from './ready.ts';
import type { TaskView } from './task-views.ts';
import { timeLimitOf } from './time-limits.ts';

/** Whoever stands behind more than this does not mind the exact number. */
const COUNTED_AT_MOST = 10_000;
const JOBS_COUNTED_AT_MOST = 20;

export async function readyReason(context: Context, task: TaskView): Promise<ReadyReason> {
  const { reader, registry } = context;
  const { worker_class, type } = task;
  return {
    kind: 'ready',
    worker_class,
    in_line: (await standsInLine(reader, task)) || (await standsAside(reader, task)),
    before: await countBefore(reader, task),
    other_jobs: await countOtherJobs(reader, task),
    schedulers: schedulersAlive(context),
    workers: workersOf(context, worker_class).length,
    type,
    type_known: worker_class === null || registry.has(type),
    class_known: worker_class === null || workerClasses(registry.values()).includes(worker_class),
    pauses: await pausesOn(reader, { jobId: task.job_id, type }),
  };
}

export async function queuedReason(context: Context, task: TaskView): Promise<QueuedReason> {
  const { reader, registry } = context;
  const attempt = await findAttempt(reader, task.id);
  const worker_class = task.worker_class ?? '';
  const entry = { worker_class, rank: task.rank, attempt_id: attempt?.id ?? 0 };
  const workers = workersOf(context, worker_class);
  return {
    kind: 'queued',
    worker_class,
    in_queue: await standsInQueue(reader, entry),
    queued_ms: attempt === undefined ? 0 : Math.max(0, Number(attempt.now) - attempt.queued_at),
    limit: timeLimitOf(context, task, 'queue'),
    ahead: await countAhead(reader, entry),
    workers: workers.length,
    slots: workers.reduce((sum, { slots }) => sum + slots, 0),
    type: task.type,
    type_known: registry.has(task.type),
    pauses: await pausesOn(reader, { jobId: task.job_id, type: task.type }),
  };
}

const workersOf = ({ alive }: Context, workerClass: string | null) =>
  alive.filter((each) => each.role === 'worker' && each.worker_class === workerClass);

/** A loop stays in line until all its iterations are created. */
export async function standsInLine({ kysely }: Reader, task: TaskView): Promise<boolean> {
  const row = await kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('line', '=', task.worker_class ?? FLOW_LINE)
    .where('job_id', '=', task.job_id)
    .where('rank', '=', task.rank)
    .where('task_id', '=', task.id)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of a paused type. */
async function standsAside({ kysely }: Reader, task: TaskView): Promise<boolean> {
  const row = await kysely
    .selectFrom('paused_tasks')
    .select('task_id')
    .where('type', '=', task.type)
    .where('line', '=', task.worker_class ?? FLOW_LINE)
    .where('job_id', '=', task.job_id)
    .where('rank', '=', task.rank)
    .where('task_id', '=', task.id)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of smaller rank, then of the same rank before it: two ranges of the key, so that nothing behind it is read. */
async function countBefore(
  { kysely }: Reader,
  { worker_class, job_id, rank, id }: TaskView,
): Promise<Bounded> {
  const line = kysely
    .selectFrom('ready_tasks')
    .select('task_id')
    .where('line', '=', worker_class ?? FLOW_LINE)
    .where('job_id', '=', job_id)
    .limit(COUNTED_AT_MOST + 1);
  const first = line.where('rank', '<', rank);
  const same = line.where('rank', '=', rank).where('task_id', '<', id);
  return await countRows(kysely, [first.as('part'), same.as('part')]);
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

async function standsInQueue({ kysely }: Reader, entry: Entry): Promise<boolean> {
  const row = await kysely
    .selectFrom('queue_entries')
    .select('attempt_id')
    .where('worker_class', '=', entry.worker_class)
    .where('rank', '=', entry.rank)
    .where('attempt_id', '=', entry.attempt_id)
    .executeTakeFirst();
  return row !== undefined;
}

async function countAhead({ kysely }: Reader, { worker_class, rank, attempt_id }: Entry): Promise<Bounded> {
  const queue = kysely
    .selectFrom('queue_entries')
    .select('attempt_id')
    .where('worker_class', '=', worker_class)
    .limit(COUNTED_AT_MOST + 1);
  const first = queue.where('rank', '<', rank);
  const same = queue.where('rank', '=', rank).where('attempt_id', '<', attempt_id);
  return await countRows(kysely, [first.as('part'), same.as('part')]);
}

async function countRows(
  kysely: Reader['kysely'],
  parts: readonly AliasedSelectQueryBuilder<object, 'part'>[],
): Promise<Bounded> {
  let count = 0;
  for (const part of parts) {
    const row = await kysely
      .selectFrom(part)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirst();
    count += Number(row?.count ?? 0);
  }
  return bounded(count, COUNTED_AT_MOST);
}

const bounded = (count: number, most: number): Bounded => ({
  count: Math.min(count, most),
  over: count > most,
});
