/** Small tables that hold what is in hand: each row has its reason, and none is left behind. */
import { sql } from 'kysely';
import type { Reader, Transaction } from '../../db/transaction.ts';
import { ENDED } from '../../model/states.ts';
import { lockTasks } from '../locked-tasks.ts';
import { publish } from '../publications.ts';
import { dropTimers } from '../timers.ts';
import { type Breach, type Check, examinable } from './check.ts';
import { pagesOf, ROWS_PER_PAGE } from './pages.ts';
import { lockConsumers, pagesOfConsumers, WANTED } from './wanted.ts';

/** Longer than the sweep takes that forgets what has been cancelled. */
const FORGOTTEN_WITHIN_MS = 5_000;

export const WANTED_INPUTS = examinable<number>({
  rows: 'wanted inputs',
  pages: pagesOfConsumers,
  lock: lockConsumers,
  checks: WANTED,
});

const pagesOfTaskRows =
  (table: 'timers' | 'cancellations') =>
  ({ kysely }: Reader, jobId: number | undefined) =>
    pagesOf((after) =>
      kysely
        .selectFrom(table)
        .innerJoin('tasks', 'tasks.id', `${table}.task_id`)
        .select('tasks.id')
        .where('tasks.id', '>', after)
        .$if(jobId !== undefined, (query) => query.where('tasks.job_id', '=', jobId ?? 0))
        .orderBy('tasks.id')
        .limit(ROWS_PER_PAGE)
        .execute(),
    );

const lockRows = async (trx: Transaction, ids: readonly number[]) => void (await lockTasks(trx, ids));

const idleTimer: Check<number> = {
  name: 'idle_timer',
  rule: 'a timer is of a task that waits for its next try',
  leadsTo: 'a task is started once more that nobody wants started',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('timers')
      .innerJoin('tasks', 'tasks.id', 'timers.task_id')
      .select(['tasks.id', 'tasks.job_id', 'tasks.state'])
      .where('timers.task_id', 'in', ids)
      .where('tasks.state', '!=', 'waiting')
      .execute();
    return rows.map(({ id, job_id, state }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is ${state}, and has a timer for its next try`,
    }));
  },
  async repair({ trx }, breaches) {
    await dropTimers(
      trx,
      breaches.map(({ key }) => key),
    );
  },
};

const overdue: Check<number> = {
  name: 'overdue_timer',
  rule: 'a task is tried again when its time has come',
  leadsTo: 'it waits on, and its job does not end',
  advice:
    'Schedulers see to it: start one (`easel schedule-waiting`), or look what keeps those from it that run.',
  async find({ kysely, dialect }, ids, { overdueMs }) {
    const rows = await kysely
      .selectFrom('timers')
      .select('task_id')
      .where('task_id', 'in', ids)
      .where('due_at', '<', sql<number>`${dialect.now} - ${overdueMs}`)
      .execute();
    return rows.map(
      ({ task_id }): Breach<number> => ({
        key: task_id,
        what: `task ${task_id} should have been tried again by now`,
      }),
    );
  },
};

export const TIMERS = examinable<number>({
  rows: 'timers',
  pages: pagesOfTaskRows('timers'),
  lock: lockRows,
  checks: [idleTimer, overdue],
});

const idleCancellation: Check<number> = {
  name: 'idle_cancellation',
  rule: 'what is wanted cancelled has not ended',
  leadsTo: 'the task cannot be tried again: it would be cancelled at once',
  graceMs: FORGOTTEN_WITHIN_MS,
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('cancellations')
      .innerJoin('tasks', 'tasks.id', 'cancellations.task_id')
      .select(['tasks.id', 'tasks.job_id', 'tasks.state'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', 'in', ENDED)
      .execute();
    return rows.map(({ id, job_id, state }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is ${state}, and still wanted cancelled`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches)
      await trx.kysely.deleteFrom('cancellations').where('task_id', '=', key).execute();
  },
};

export const CANCELLATIONS = examinable<number>({
  rows: 'cancellations',
  pages: pagesOfTaskRows('cancellations'),
  lock: lockRows,
  checks: [idleCancellation],
});

function findStale({ kysely, dialect }: Reader, ids: readonly number[], overdueMs: number) {
  return kysely
    .selectFrom('publications')
    .select(['version_id', 'address'])
    .where('version_id', 'in', ids)
    .where('at', '<', sql<number>`${dialect.now} - ${overdueMs}`)
    .execute();
}

const stale: Check<number> = {
  name: 'stale_publication',
  rule: 'a version gets its public name soon after its commit',
  leadsTo: 'people do not see the file, though tasks do',
  advice: 'Is the output area full, or read only? A scheduler tries again every few seconds.',
  async find(reader, ids, { overdueMs }) {
    return (await findStale(reader, ids, overdueMs)).map(({ version_id, address }) => ({
      key: version_id,
      what: `version ${version_id} of "${address}" has no public name yet`,
    }));
  },
  async repair({ trx, parts }, breaches) {
    const ids = breaches.map(({ key }) => key);
    await publish(trx, parts.areas, await findStale(trx, ids, parts.overdueMs));
  },
};

export const PUBLICATIONS = examinable<number>({
  rows: 'publications',
  pages: ({ kysely }, jobId) =>
    pagesOf((after) =>
      kysely
        .selectFrom('publications')
        .innerJoin('versions', 'versions.id', 'publications.version_id')
        .innerJoin('products', 'products.id', 'versions.product_id')
        .select('versions.id')
        .where('publications.version_id', '>', after)
        .$if(jobId !== undefined, (query) => query.where('products.job_id', '=', jobId ?? 0))
        .orderBy('publications.version_id')
        .limit(ROWS_PER_PAGE)
        .execute(),
    ),
  lock: async () => undefined,
  checks: [stale],
});
