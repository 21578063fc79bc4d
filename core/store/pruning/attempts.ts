/**
 * Attempts that ended long ago, and logs. Of a task that has ended its last attempt stays (it tells how the task
 * ended), the one that succeeded, and those whose files are kept as versions; what goes, nobody writes to any more.
 * Logs go with their attempts, or earlier.
 */
import { chunks, forIds } from '../../db/rows.ts';
import { type Transaction, transact } from '../../db/transaction.ts';
import { ENDED } from '../../model/states.ts';
import { removeLogs } from './logs.ts';
import { isPrunedJob, type Pruning, removeRows } from './pruning.ts';

const PER_PAGE = 1_000;
const FAILURES_PER_STATEMENT = 100;

export async function pruneAttempts(pruning: Pruning): Promise<void> {
  const { attempts, logs } = pruning.horizon.before;
  if (attempts === undefined && logs === undefined) return;
  for (let after = 0; !pruning.stop.aborted; ) {
    const page = await readPage(pruning, after);
    const ended = page.filter(
      (attempt) => attempt.ended_at !== null && !isPrunedJob(pruning.horizon, attempt.job),
    );
    const old = ended.filter(({ ended_at }) => (ended_at ?? 0) < (attempts ?? 0));
    const removable = await dispensable(pruning, old);
    const gone = new Set(removable.map(({ id }) => id));
    const silenced = ended.filter(({ id, ended_at }) => gone.has(id) || (ended_at ?? 0) < (logs ?? 0));
    await removeLogs(
      pruning,
      silenced.map(({ id }) => id),
    );
    await removeAttempts(pruning, removable);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

interface AttemptRow {
  readonly id: number;
  readonly task_id: number;
  readonly job_id: number;
  readonly number: number;
  readonly state: string;
  readonly ended_at: number | null;
  readonly job: { readonly state: string | null; readonly ended_at: number | null };
}

async function readPage({ database }: Pruning, after: number): Promise<AttemptRow[]> {
  const rows = await database.kysely
    .selectFrom('attempts')
    .leftJoin('jobs', 'jobs.id', 'attempts.job_id')
    .select(['attempts.id', 'attempts.task_id', 'attempts.job_id', 'attempts.number', 'attempts.state'])
    .select(['attempts.ended_at', 'jobs.state as job_state', 'jobs.ended_at as job_ended_at'])
    .where('attempts.id', '>', after)
    .orderBy('attempts.id')
    .limit(PER_PAGE)
    .execute();
  return rows.map((row) => ({ ...row, job: { state: row.job_state, ended_at: row.job_ended_at } }));
}

async function dispensable({ database, dryRun }: Pruning, old: readonly AttemptRow[]): Promise<AttemptRow[]> {
  const failed = old.filter(({ state }) => state !== 'succeeded');
  const tasks = await forIds(
    failed.map(({ task_id }) => task_id),
    (part) =>
      database.kysely
        .selectFrom('tasks')
        .select(['id', 'attempts'])
        .where('id', 'in', part)
        .where('state', 'in', ENDED)
        .execute(),
  );
  const lastOf = new Map(tasks.map(({ id, attempts }) => [id, attempts]));
  const earlier = failed.filter(({ task_id, number }) => number < (lastOf.get(task_id) ?? 0));
  const makers = await forIds(
    earlier.map(({ id }) => id),
    (part) =>
      database.kysely
        .selectFrom('versions')
        .select('attempt_id')
        .distinct()
        .where('attempt_id', 'in', part)
        .execute(),
  );
  // their versions would go first, or most of them: a count before the deed says rather too much than too little
  const made = new Set(dryRun ? [] : makers.map(({ attempt_id }) => attempt_id));
  return earlier.filter(({ id }) => !made.has(id));
}

async function removeAttempts(pruning: Pruning, attempts: readonly AttemptRow[]): Promise<void> {
  const { database, dryRun } = pruning;
  const ids = attempts.map(({ id }) => id);
  if (dryRun) return pruning.add('attempts', { count: ids.length, rows: ids.length });
  if (ids.length === 0) return;
  const rows = await transact(database, async (trx) => {
    const failures = await removeFailures(trx, attempts);
    const usages = await removeRows({ ...trx, dryRun }, { table: 'usages', column: 'attempt_id', ids });
    return (
      failures + usages + (await removeRows({ ...trx, dryRun }, { table: 'attempts', column: 'id', ids }))
    );
  });
  pruning.add('attempts', { count: ids.length, rows });
}

/** By primary key, which ends with the attempt. */
async function removeFailures({ kysely }: Transaction, attempts: readonly AttemptRow[]): Promise<number> {
  let removed = 0;
  for (const part of chunks(attempts, FAILURES_PER_STATEMENT)) {
    const { numDeletedRows } = await kysely
      .deleteFrom('failures')
      .where((row) =>
        row.or(
          part.map(({ id, task_id, job_id }) =>
            row.and([row('job_id', '=', job_id), row('task_id', '=', task_id), row('attempt_id', '=', id)]),
          ),
        ),
      )
      .executeTakeFirst();
    removed += Number(numDeletedRows);
  }
  return removed;
}
