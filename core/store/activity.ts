/**
 * Who ran what in a time: workers, their attempts, and their gaps with what explains them. Bounded, whatever the time:
 * of attempts the latest are told, and since when they are complete.
 */
import type { Reader } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { Gap, GapFacts, OutageFact, Span, WorkerFact } from '../model/gaps/facts.ts';
import { findGaps } from '../model/gaps/gaps.ts';
import { readNow } from './clock.ts';
import { readOutages } from './outages.ts';
import { readPauseTimes } from './pause-times.ts';
import { readQueueHistory } from './queue-samples.ts';

export interface ActivityWish {
  readonly from: number;
  readonly until: number;
  /** Attempts at most. */
  readonly limit?: number;
  /** Not seen for longer: silent. */
  readonly aliveWithinMs: number;
}

const MOST_ATTEMPTS = 10_000;
const MOST_PROCESSES = 1_000;
/** Of attempts that ended after the time, so many are looked at: among them are those that ran at its end. */
const LOOKED_AT_AFTER = 5_000;

export type ActivityAttempt = Awaited<ReturnType<ReturnType<typeof selectAttempts>['execute']>>[number];
export type ActivityProcess = Awaited<ReturnType<typeof readProcesses>>[number];

export interface Activity {
  readonly now: number;
  readonly from: number;
  readonly until: number;
  /** Attempts that ended earlier are not all there: there were more than the limit. Else `from`. */
  readonly complete_from: number;
  readonly is_cut: boolean;
  readonly workers: readonly ActivityProcess[];
  /** By start. */
  readonly attempts: readonly ActivityAttempt[];
}

export async function readActivity(reader: Reader, wish: ActivityWish): Promise<Activity> {
  const { from, until, limit = MOST_ATTEMPTS } = wish;
  if (!(from < until)) throw new EaselError('usage', 'the time must end after it begins');
  const now = await readNow(reader);
  const running = await selectAttempts(reader)
    .where('lease_until', '>', 0)
    .where('started_at', '<=', until)
    .limit(limit)
    .execute();
  const ended = [...(await endedAfter(reader, until)), ...(await endedWithin(reader, wish, limit + 1))];
  const room = Math.max(0, limit - running.length);
  const is_cut = ended.length > room;
  const kept = ended.slice(0, room);
  const attempts = [...running, ...kept].sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0));
  const complete_from = is_cut ? Math.min(until, kept.at(-1)?.ended_at ?? until) : from;
  const workers = await readProcesses(reader, 'worker', wish);
  return { now, from, until, complete_from, is_cut, workers, attempts };
}

function selectAttempts({ kysely }: Reader) {
  return kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select(['attempts.id', 'attempts.task_id', 'attempts.job_id', 'tasks.type', 'tasks.node'])
    .select(['attempts.number', 'attempts.state', 'attempts.exit_class', 'attempts.worker_id'])
    .select(['attempts.started_at', 'attempts.ended_at'])
    .where('attempts.worker_id', 'is not', null)
    .where('attempts.started_at', 'is not', null);
}

/** Newest end first. */
async function endedWithin(reader: Reader, { from, until }: Span, limit: number): Promise<ActivityAttempt[]> {
  return await selectAttempts(reader)
    .where('attempts.ended_at', '>=', from)
    .where('attempts.ended_at', '<=', until)
    .orderBy('attempts.ended_at', 'desc')
    .limit(limit)
    .execute();
}

async function endedAfter(reader: Reader, until: number): Promise<ActivityAttempt[]> {
  const next = await reader.kysely
    .selectFrom('attempts')
    .select(['id', 'started_at'])
    .where('ended_at', '>', until)
    .orderBy('ended_at')
    .limit(LOOKED_AT_AFTER)
    .execute();
  const ids = next.filter(({ started_at }) => started_at !== null && started_at <= until).map(({ id }) => id);
  if (ids.length === 0) return [];
  return await selectAttempts(reader)
    .where('attempts.id', 'in', ids)
    .orderBy('attempts.ended_at', 'desc')
    .execute();
}

/** That were there at some moment of the time. */
async function readProcesses(reader: Reader, role: 'scheduler' | 'worker', wish: ActivityWish) {
  const now = await readNow(reader);
  const select = () =>
    reader.kysely
      .selectFrom('processes')
      .select(['id', 'host', 'pid', 'version', 'worker_class', 'slots'])
      .select(['started_at', 'last_seen_at', 'ended_at'])
      .where('role', '=', role)
      .where('started_at', '<=', wish.until)
      .limit(MOST_PROCESSES);
  const ended = await select().where('ended_at', '>=', wish.from).orderBy('ended_at', 'desc').execute();
  const others = await select()
    .where('ended_at', 'is', null)
    .where('last_seen_at', '>=', wish.from)
    .orderBy('last_seen_at', 'desc')
    .execute();
  return [...others, ...ended]
    .map((row) => {
      const isSilent = row.ended_at === null && now - row.last_seen_at > wish.aliveWithinMs;
      const state = row.ended_at !== null ? 'stopped' : isSilent ? 'silent' : 'alive';
      return { ...row, state } as const;
    })
    .sort((a, b) => a.id - b.id);
}

export interface GapsWish extends ActivityWish {
  readonly thresholdMs: number;
}

/** Gaps of the workers of an activity, in the part of its time for which its attempts are complete. */
export async function readGaps(reader: Reader, activity: Activity, wish: GapsWish): Promise<Gap[]> {
  const span = { from: activity.complete_from, until: Math.min(activity.until, activity.now) };
  if (span.until <= span.from) return [];
  const schedulers = await readProcesses(reader, 'scheduler', { ...wish, ...span });
  const facts: GapFacts = {
    workers: activity.workers.map(toWorker),
    runs: activity.attempts.flatMap(({ worker_id, started_at, ended_at }) =>
      worker_id === null || started_at === null ? [] : [{ worker_id, started_at, ended_at }],
    ),
    samples: await readSamples(reader, span),
    outages: (await readOutages(reader, { since: span.from, until: span.until })).map(toOutage),
    pauses: await readPauseTimes(reader, span.from),
    schedulers: schedulers.map((each) => ({ from: each.started_at, until: goneAt(each) ?? span.until + 1 })),
  };
  return findGaps(facts, { ...span, thresholdMs: wish.thresholdMs });
}

async function readSamples(reader: Reader, { from, until }: Span) {
  const histories = await readQueueHistory(reader, { since: from, until });
  return histories.flatMap(({ samples }) => samples);
}

function goneAt({ state, ended_at, last_seen_at }: ActivityProcess): number | null {
  return state === 'alive' ? null : (ended_at ?? last_seen_at);
}

function toWorker(process: ActivityProcess): WorkerFact {
  const { id, host, pid, worker_class, slots, started_at, state } = process;
  return {
    ...{ id, host, pid, slots, started_at },
    worker_class: worker_class ?? '',
    gone_at: goneAt(process),
    end: state,
  };
}

function toOutage(row: Awaited<ReturnType<typeof readOutages>>[number]): OutageFact {
  const { what, host, pid, role, began_at, ended_at } = row;
  return {
    ...{ host, pid, role },
    what: what === 'database' ? what : 'output_area',
    from: began_at,
    until: ended_at,
  };
}
