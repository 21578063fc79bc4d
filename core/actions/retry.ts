/** Another chance for one task, and for what was blocked or cancelled because of it; of a flow task, for all below it. */
import type { Database } from '../db/open.ts';
import { rehearse, type Transaction, transact } from '../db/transaction.ts';
import { recordAction } from '../store/audit.ts';
import type { OneTask } from '../store/reopenable.ts';
import { type Reopened, reopen } from '../store/reopening.ts';
import { findTask } from '../store/task-views.ts';
import { type Line, line, nameJob } from '../words/line.ts';
import { describeReopened } from '../words/reopened.ts';

export interface RetryParts {
  readonly database: Database;
}

/** What is tried again, by the state it was in. */
export interface Retried extends Reopened {
  readonly job_id: number;
}

/** Throws EaselError when there is no such task, or it is in no state to be tried again. */
export async function planRetry({ database }: RetryParts, one: OneTask): Promise<Retried> {
  return await rehearse(database, (trx) => reopenOne(trx, one));
}

export async function retry({ database }: RetryParts, one: OneTask, person: string): Promise<Retried> {
  return await transact(database, async (trx) => {
    const retried = await reopenOne(trx, one);
    const detail = `task ${one.taskId}: ${describeReopened(retried)}`;
    await recordAction(trx, { person, action: 'retry', detail });
    return retried;
  });
}

export function describePlannedRetry(planned: Retried): string {
  return `${describeReopened(planned)} of job ${planned.job_id} would be tried again`;
}

export function describeRetry(done: Retried): Line {
  return line`${describeReopened(done)} of ${nameJob(done.job_id)} are to be tried again`;
}

async function reopenOne(trx: Transaction, one: OneTask): Promise<Retried> {
  const { job_id } = await findTask(trx, one.taskId);
  return { job_id, ...(await reopen(trx, job_id, one)) };
}
