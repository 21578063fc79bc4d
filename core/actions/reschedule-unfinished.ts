/** Another chance for what failed, was blocked, lost or cancelled, of one job or of all: one transaction for each job. */
import type { Database } from '../db/open.ts';
import { type Reader, reading, transact } from '../db/transaction.ts';
import { recordAction } from '../store/audit.ts';
import { findJob, unfinishedJobs } from '../store/jobs.ts';
import { countReopenable, type Reopened, reopen } from '../store/reopening.ts';
import { plural } from '../words/format.ts';
import type { Line } from '../words/line.ts';
import { describeReopened } from '../words/reopened.ts';

export interface RescheduleParts {
  readonly database: Database;
}

export interface RescheduleOrder {
  /** Without it, all jobs that have not succeeded. */
  readonly jobId?: number | undefined;
}

export interface Rescheduled extends Reopened {
  readonly jobs: readonly number[];
}

/** Throws EaselError when there is no such job. */
export async function planReschedule(
  { database }: RescheduleParts,
  order: RescheduleOrder,
): Promise<Rescheduled> {
  const reader = reading(database);
  const jobs = await chooseJobs(reader, order);
  return { jobs, ...(await countReopenable(reader, jobs)) };
}

export async function rescheduleUnfinished(
  { database }: RescheduleParts,
  order: RescheduleOrder,
  person: string,
): Promise<Rescheduled> {
  const jobs = await chooseJobs(reading(database), order);
  const done: Reopened[] = [];
  for (const id of jobs) {
    const reopened = await transact(database, async (trx) => {
      const again = await reopen(trx, id);
      const detail = `job ${id}: ${describeReopened(again)}`;
      await recordAction(trx, { person, action: 'reschedule-unfinished', detail });
      return again;
    });
    done.push(reopened);
  }
  return { jobs, ...total(done) };
}

export function describePlannedReschedule(planned: Rescheduled): string {
  return `${describeReopened(planned)} of ${plural(planned.jobs.length, 'job')} would be tried again`;
}

export function describeRescheduled(done: Rescheduled): Line {
  return [`${describeReopened(done)} of ${plural(done.jobs.length, 'job')} are to be tried again`];
}

async function chooseJobs(reader: Reader, { jobId }: RescheduleOrder): Promise<number[]> {
  if (jobId === undefined) return await unfinishedJobs(reader);
  await findJob(reader, jobId); // says so when there is none
  return [jobId];
}

function total(counts: readonly Reopened[]): Reopened {
  const sum = (key: keyof Reopened) => counts.reduce((before, count) => before + count[key], 0);
  return { failed: sum('failed'), blocked: sum('blocked'), cancelled: sum('cancelled'), done: sum('done') };
}
