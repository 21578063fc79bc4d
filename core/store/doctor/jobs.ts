/** Jobs: each ends with its root, knows how many tasks may still create tasks, and is counted as its tasks are. */
import { type ExpressionBuilder, sql } from 'kysely';
import { insertRows } from '../../db/rows.ts';
import type { Tables } from '../../db/tables.ts';
import type { Reader, Transaction } from '../../db/transaction.ts';
import { ENDED, type JobState, type TaskState } from '../../model/states.ts';
import { changePendingFlows } from '../jobs.ts';
import { endJob, reopenJob } from '../moves.ts';
import { FLOW_LINE } from '../ready.ts';
import { type Check, examinable } from './check.ts';
import { pagesOfJobs } from './pages.ts';
import { uncounted } from './usages.ts';

async function lockJobs({ kysely, dialect }: Transaction, ids: readonly number[]): Promise<void> {
  await kysely
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
}

const rootless: Check<number> = {
  name: 'job_without_root',
  rule: 'a job names its root task',
  leadsTo: 'the job cannot be shown or cancelled',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('jobs')
      .leftJoin('tasks', (join) =>
        join.onRef('tasks.id', '=', 'jobs.root_id').onRef('tasks.job_id', '=', 'jobs.id'),
      )
      .select(['jobs.id', 'root_id'])
      .where('jobs.id', 'in', ids)
      .where((on) => on.or([on('tasks.id', 'is', null), on('tasks.parent_id', 'is not', null)]))
      .execute();
    return rows.map(({ id, root_id }) => ({
      key: id,
      what: `job ${id} names ${root_id === null ? 'none' : `task ${root_id}`} as its root`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches) {
      const root = await trx.kysely
        .selectFrom('tasks')
        .select('id')
        .where('job_id', '=', key)
        .where('parent_id', 'is', null)
        .executeTakeFirst();
      if (root !== undefined)
        await trx.kysely.updateTable('jobs').set({ root_id: root.id }).where('id', '=', key).execute();
    }
  },
};

const endOf = (root: TaskState): Exclude<JobState, 'running'> =>
  root === 'done' ? 'succeeded' : root === 'cancelled' ? 'cancelled' : 'failed';

function readEnds({ kysely }: Reader, ids: readonly number[]) {
  return kysely
    .selectFrom('jobs')
    .innerJoin('tasks', 'tasks.id', 'jobs.root_id')
    .select(['jobs.id', 'jobs.state', 'tasks.state as root_state', 'root_id'])
    .where('jobs.id', 'in', ids)
    .execute();
}

const expectedEnd = (root: TaskState): JobState => (ENDED.includes(root) ? endOf(root) : 'running');

const unended: Check<number> = {
  name: 'job_end',
  rule: 'a job ends with its root task, as that does',
  leadsTo: 'whoever waits for the job waits for ever, or goes on before it has ended',
  async find(reader, ids) {
    const rows = await readEnds(reader, ids);
    return rows
      .filter(({ state, root_state }) => state !== expectedEnd(root_state))
      .map(({ id, state, root_id, root_state }) => ({
        key: id,
        what: `job ${id} is ${state}, and its root, task ${root_id}, is ${root_state}`,
      }));
  },
  async repair({ trx }, breaches) {
    const keys = breaches.map(({ key }) => key);
    for (const { id, state, root_state } of await readEnds(trx, keys)) {
      const end = expectedEnd(root_state);
      if (state !== 'running') await reopenJob(trx, id);
      if (end !== 'running') await endJob(trx, id, end);
    }
  },
};

/** Tasks that may still create tasks, or products: flow tasks to be expanded, work tasks to be resolved. */
function countPending(job: ExpressionBuilder<Tables, 'jobs'>) {
  const inLine = (task: ExpressionBuilder<Tables, 'tasks'>, table: 'ready_tasks' | 'paused_tasks') =>
    task.exists(
      task
        .selectFrom(table)
        .select('task_id')
        .where('line', '=', FLOW_LINE)
        .whereRef(`${table}.job_id`, '=', 'tasks.job_id')
        .whereRef(`${table}.rank`, '=', 'tasks.rank')
        .whereRef('task_id', '=', 'tasks.id')
        .$if(table === 'paused_tasks', (query) =>
          query.where(sql.ref('paused_tasks.type'), '=', sql.ref('tasks.type')),
        ),
    );
  return job
    .selectFrom('tasks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .whereRef('tasks.job_id', '=', 'jobs.id')
    .where('worker_class', 'is', null)
    .where((task) =>
      task.or([
        task('tasks.state', 'in', ['waiting', 'ready']),
        task.and([task('tasks.state', '=', 'expanded'), task('kind', '=', 'do_while')]),
        task.and([
          ...[task('tasks.state', '=', 'expanded'), task('kind', '=', 'for_loop')],
          task.or([inLine(task, 'ready_tasks'), inLine(task, 'paused_tasks')]),
        ]),
      ]),
    );
}

async function findPending({ kysely }: Reader, ids: readonly number[]) {
  const counted = kysely
    .selectFrom('jobs')
    .select(['id', 'pending_flows'])
    .select((job) => countPending(job).as('pending'))
    .where('id', 'in', ids);
  return await kysely
    .selectFrom(counted.as('counted'))
    .selectAll()
    .whereRef('pending', '!=', 'pending_flows')
    .execute();
}

const pending: Check<number> = {
  name: 'pending_flows',
  rule: 'a job knows how many of its tasks may still create tasks',
  leadsTo: 'an input that nobody makes is waited for in vain, or given up too soon',
  async find(reader, ids) {
    return (await findPending(reader, ids)).map((job) => ({
      key: job.id,
      what: `job ${job.id} counts ${job.pending_flows} tasks that may create others; there are ${Number(job.pending)}`,
    }));
  },
  /** Whatever moves meanwhile changes both sides by the same, so that the difference is right to add. */
  async repair({ trx }, breaches) {
    const keys = breaches.map(({ key }) => key);
    for (const job of await findPending(trx, keys))
      await changePendingFlows(trx, job.id, Number(job.pending) - job.pending_flows);
  },
};

/** Job, type, state -> by how much the counts are short of the tasks. */
async function findDifferences({ kysely }: Reader, ids: readonly number[]) {
  const tasks = kysely
    .selectFrom('tasks')
    .select((row) => ['job_id', 'type', 'state', row.fn.countAll<number>().as('tasks')])
    .where('job_id', 'in', ids)
    .groupBy(['job_id', 'type', 'state']);
  const folded = kysely
    .selectFrom('task_counts')
    .select((row) => ['job_id', 'type', 'state', row.neg(row.ref('tasks')).as('tasks')])
    .where('job_id', 'in', ids);
  const recent = kysely
    .selectFrom('count_deltas')
    .select((row) => ['job_id', 'type', 'state', row.neg(row.ref('delta')).as('tasks')])
    .where('job_id', 'in', ids);
  return await kysely
    .selectFrom(tasks.unionAll(folded).unionAll(recent).as('counts'))
    .select((row) => ['job_id', 'type', 'state', row.fn.sum<number>('tasks').as('missing')])
    .groupBy(['job_id', 'type', 'state'])
    .having((row) => row.fn.sum('tasks'), '!=', 0)
    .execute();
}

const miscounted: Check<number> = {
  name: 'task_counts',
  rule: 'the counts of a job are those of its tasks',
  leadsTo: 'progress is shown wrongly, and a job that is stuck may not be noticed',
  async find(reader, ids) {
    const rows = await findDifferences(reader, ids);
    return [...Map.groupBy(rows, ({ job_id }) => job_id)].map(([id, group]) => ({
      key: id,
      what: `job ${id} is counted wrongly: ${group.map(({ type, state, missing }) => `${type} ${state} ${-missing > 0 ? '+' : ''}${-missing}`).join(', ')}`,
    }));
  },
  async repair({ trx }, breaches) {
    const keys = breaches.map(({ key }) => key);
    const rows = await findDifferences(trx, keys);
    await insertRows(
      trx,
      'count_deltas',
      rows.map(({ job_id, type, state, missing }) => ({ job_id, type, state, delta: Number(missing) })),
    );
  },
};

export const JOBS = examinable<number>({
  rows: 'jobs',
  pages: pagesOfJobs,
  lock: lockJobs,
  checks: [rootless, unended, pending, miscounted, uncounted],
});
