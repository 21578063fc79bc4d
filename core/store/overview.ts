/** What is going on, at a glance: small hot tables and roll-ups only, so it costs the same in an installation of any size. */
import { sql } from 'kysely';
import type { Reader } from '../db/transaction.ts';
import type { ExitClass } from '../model/states.ts';
import { isFlowType } from '../model/task-type.ts';
import { readCounts, type TaskCount } from './counts.ts';
import { type JobView, viewJobs } from './job-views.ts';
import { type QueueView, viewQueue } from './queue-view.ts';
import { readThroughput, type Throughput } from './throughput.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MINUTES = 3;
const JOBS_SHOWN = 10;
/** Of the newest, progress by type is summed up. */
const JOBS_SUMMED = 200;
const FAILURES_SHOWN = 10;
const FAILURES_COUNTED = 1_000;
/** Ready tasks of a class are counted up to this. */
const COUNTED_TO = 10_000;

export interface Overview {
  readonly now: number;
  readonly jobs: {
    readonly running: number;
    /** Those that run, newest first. */
    readonly newest: readonly JobView[];
  };
  readonly throughput: Throughput & {
    /** Work tasks that came to an end, over the last minutes. */
    readonly tasks_per_second: number;
  };
  readonly queue: QueueView;
  readonly processes: Readonly<Record<'workers' | 'schedulers', { alive: number; silent: number }>>;
  readonly failures: DayOfFailures;
  readonly progress: RunningProgress;
}

export async function readOverview(reader: Reader, aliveWithinMs: number): Promise<Overview> {
  const ids = await runningIds(reader);
  const throughput = await readThroughput(reader, { sinceMs: HOUR_MS });
  const newest = await viewJobs(reader, ids.slice(0, JOBS_SHOWN));
  const { now } = throughput;
  return {
    now,
    jobs: { running: await countRunningJobs(reader, ids), newest },
    throughput: { ...throughput, tasks_per_second: rateOf(throughput) },
    queue: await viewQueue(reader, aliveWithinMs, COUNTED_TO),
    processes: await countProcesses(reader, aliveWithinMs),
    failures: await readFailures(reader, now - DAY_MS),
    progress: await sumProgress(reader, ids),
  };
}

/** The newest of them. */
async function runningIds({ kysely }: Reader): Promise<number[]> {
  const rows = await kysely
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'running')
    .orderBy('id', 'desc')
    .limit(JOBS_SUMMED)
    .execute();
  return rows.map(({ id }) => id);
}

/** Along the index of states. */
async function countRunningJobs({ kysely }: Reader, known: readonly number[]): Promise<number> {
  if (known.length < JOBS_SUMMED) return known.length;
  const row = await kysely
    .selectFrom('jobs')
    .select((jobs) => jobs.fn.countAll<number>().as('count'))
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Over the minutes that are over, and as much of this one as has passed. */
function rateOf({ now, minutes }: Throughput): number {
  const last = minutes.slice(-NOW_MINUTES);
  const since = last[0]?.minute ?? now;
  const ended = last.reduce((sum, { done, failed, cancelled }) => sum + done + failed + cancelled, 0);
  return now > since ? (1_000 * ended) / (now - since) : 0;
}

async function countProcesses(
  { kysely, dialect }: Reader,
  aliveWithinMs: number,
): Promise<Overview['processes']> {
  const silentMs = sql<number>`${dialect.now} - last_seen_at`;
  const rows = await kysely
    .selectFrom('processes')
    .select((row) => ['role', row.fn.countAll<number>().as('count')])
    .select((row) =>
      row.fn.sum<number>(row.case().when(silentMs, '>', aliveWithinMs).then(1).else(0).end()).as('silent'),
    )
    .where('ended_at', 'is', null)
    .groupBy('role')
    .execute();
  const of = (role: string) => {
    const row = rows.find((each) => each.role === role);
    const silent = Number(row?.silent ?? 0);
    return { alive: Number(row?.count ?? 0) - silent, silent };
  };
  return { workers: of('worker'), schedulers: of('scheduler') };
}

export interface FailureBrief {
  readonly at: number;
  readonly task_id: number;
  readonly job_id: number;
  readonly type: string;
  readonly exit_class: ExitClass | null;
  readonly error: string | null;
}

export interface DayOfFailures {
  /** Tasks that failed for good after an attempt, in the last 24 hours; the newest of them were counted. */
  readonly count: number;
  /** There were more than were counted. */
  readonly is_more: boolean;
  readonly by_exit_class: Readonly<Record<string, number>>;
  readonly newest: readonly FailureBrief[];
}

const ERROR_CHARACTERS = 300;

async function readFailures({ kysely }: Reader, since: number): Promise<DayOfFailures> {
  const recent = kysely
    .selectFrom('failures')
    .select(['attempt_id', 'job_id', 'task_id', 'at'])
    .where('at', '>=', since)
    .orderBy('at', 'desc')
    .limit(FAILURES_COUNTED + 1);
  const classes = await kysely
    .selectFrom(recent.as('recent'))
    .leftJoin('attempts', 'attempts.id', 'recent.attempt_id')
    .select((row) => ['exit_class', row.fn.countAll<number>().as('count')])
    .groupBy('exit_class')
    .execute();
  const newest = await kysely
    .selectFrom(recent.limit(FAILURES_SHOWN).as('recent'))
    .leftJoin('attempts', 'attempts.id', 'recent.attempt_id')
    .innerJoin('tasks', 'tasks.id', 'recent.task_id')
    .select(['recent.at', 'recent.task_id', 'recent.job_id', 'tasks.type', 'exit_class'])
    .select(sql<string | null>`substr(error, 1, ${sql.lit(ERROR_CHARACTERS)})`.as('error'))
    .orderBy('recent.at', 'desc')
    .execute();
  const count = classes.reduce((sum, row) => sum + Number(row.count), 0);
  return {
    count: Math.min(count, FAILURES_COUNTED),
    is_more: count > FAILURES_COUNTED,
    by_exit_class: Object.fromEntries(classes.map((row) => [row.exit_class ?? 'unknown', Number(row.count)])),
    newest,
  };
}

export interface RunningProgress {
  /** Jobs that were summed up: all that run, or the newest of them. */
  readonly jobs: number;
  /** Work tasks by type and state. */
  readonly counts: readonly Omit<TaskCount, 'job_id'>[];
}

async function sumProgress(reader: Reader, ids: readonly number[]): Promise<RunningProgress> {
  const sums = new Map<string, Omit<TaskCount, 'job_id'>>();
  for (const { type, state, tasks } of await readCounts(reader, ids)) {
    if (isFlowType(type)) continue;
    const key = `${type} ${state}`;
    sums.set(key, { type, state, tasks: (sums.get(key)?.tasks ?? 0) + Number(tasks) });
  }
  const counts = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  return { jobs: ids.length, counts };
}
