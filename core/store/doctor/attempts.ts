/**
 * Tasks and their attempts: one that is queued has an attempt in the queue, one that runs has an attempt that a worker
 * holds, and no attempt is open besides. Attempts are locked before their tasks, as claims and commits do.
 */
import { sql } from 'kysely';
import { insertRows } from '../../db/rows.ts';
import type { Transaction } from '../../db/transaction.ts';
import type { AttemptState, TaskState } from '../../model/states.ts';
import { lockTasks } from '../locked-tasks.ts';
import type { Breach, Check } from './check.ts';
import { endOpenAttempts } from './ending.ts';
import { queueAgain, startClaimed, takeBack } from './turns.ts';

/** Attempts first, as those do who claim and commit. */
export async function lockTurns(trx: Transaction, ids: readonly number[]): Promise<void> {
  await trx.kysely
    .selectFrom('attempts')
    .select('id')
    .where('open_task_id', 'in', ids)
    .orderBy('id')
    .modifyEnd(trx.dialect.forUpdate)
    .execute();
  await lockTasks(trx, ids);
}

const untried = (task: TaskState, attempt: AttemptState): Check<number>['find'] =>
  async function find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .leftJoin('attempts', (join) =>
        join.onRef('open_task_id', '=', 'tasks.id').on('attempts.state', '=', attempt),
      )
      .select(['tasks.id', 'tasks.job_id'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', task)
      .where('attempts.id', 'is', null)
      .execute();
    return rows.map(({ id, job_id }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is ${task}, and has no attempt that is ${attempt}`,
    }));
  };

const queuedInVain: Check<number> = {
  name: 'queued_without_attempt',
  rule: 'a queued task has an attempt that waits for a worker',
  leadsTo: 'no worker ever claims it, and its job never ends',
  find: untried('queued', 'queued'),
  async repair(mending, breaches) {
    for (const { key } of breaches) {
      if (!(await startClaimed(mending, key))) await queueAgain(mending, key);
    }
  },
};

const runningInVain: Check<number> = {
  name: 'running_without_attempt',
  rule: 'a running task has an attempt that a worker holds',
  leadsTo: 'nobody runs it, nobody finds it lost, and its job never ends',
  find: untried('running', 'running'),
  async repair(mending, breaches) {
    for (const { key } of breaches) await takeBack(mending, key);
  },
};

const unlisted: Check<number> = {
  name: 'queued_without_entry',
  rule: 'an attempt that is queued stands in the queue, in its place',
  leadsTo: 'no worker ever sees it, and its job never ends',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('attempts', (join) =>
        join.onRef('open_task_id', '=', 'tasks.id').on('attempts.state', '=', 'queued'),
      )
      .leftJoin('queue_entries as entry', (join) =>
        join
          .onRef('entry.worker_class', '=', 'tasks.worker_class')
          .onRef('entry.rank', '=', 'tasks.rank')
          .onRef('entry.attempt_id', '=', 'attempts.id'),
      )
      .select(['tasks.id', 'tasks.job_id', 'attempts.id as attempt_id'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'queued')
      .where('entry.attempt_id', 'is', null)
      .execute();
    return rows.map(({ id, job_id, attempt_id }) => ({
      key: id,
      what: `attempt ${attempt_id} of task ${id} (job ${job_id}) is queued, and is not in the queue`,
    }));
  },
  async repair({ trx }, breaches) {
    const ids = breaches.map(({ key }) => key);
    const rows = await trx.kysely
      .selectFrom('tasks')
      .innerJoin('attempts', 'open_task_id', 'tasks.id')
      .select([
        'tasks.id as task_id',
        'tasks.rank',
        'tasks.worker_class',
        'attempts.id as attempt_id',
        'queued_at',
      ])
      .where('tasks.id', 'in', ids)
      .execute();
    await insertRows(
      trx,
      'queue_entries',
      rows.map(({ worker_class, rank, attempt_id, task_id, queued_at }) => ({
        worker_class: worker_class ?? '',
        ...{ rank, attempt_id, task_id, published_at: queued_at },
      })),
    );
  },
};

const stray: Check<number> = {
  name: 'stray_attempt',
  rule: 'only tasks that are queued or running have an open attempt, and that one knows it',
  leadsTo: 'a worker runs what nobody waits for, or the task cannot be tried again',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('attempts')
      .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
      .select(['tasks.id', 'tasks.job_id', 'tasks.state', 'attempts.id as attempt_id'])
      .select('attempts.state as attempt_state')
      .where('attempts.task_id', 'in', ids)
      .where('attempts.state', 'in', ['queued', 'running'])
      .where((on) =>
        on.or([
          on('tasks.state', 'not in', ['queued', 'running']),
          on('open_task_id', 'is', null),
          on('open_task_id', '!=', on.ref('attempts.task_id')),
        ]),
      )
      .execute();
    return rows.map(
      ({ id, job_id, state, attempt_id, attempt_state }): Breach<number> => ({
        key: id,
        what: `attempt ${attempt_id} of task ${id} (job ${job_id}) is ${attempt_state}, while the task is ${state} or does not know it`,
      }),
    );
  },
  async repair({ trx, parts, counts }, breaches) {
    const tasks = await lockTasks(trx, [...new Set(breaches.map(({ key }) => key))]);
    await endOpenAttempts(trx, tasks, 'its task had gone on without it (`easel doctor --repair`)');
    for (const task of tasks.filter(({ state }) => state === 'running' || state === 'queued'))
      await takeBack({ trx, parts, counts }, task.id);
  },
};

const unclosed: Check<number> = {
  name: 'ended_attempt_open',
  rule: 'an attempt that has ended holds neither its task nor a lease',
  leadsTo: 'its task cannot be tried again, or is found lost once more',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('attempts')
      .select(['id', 'task_id', 'state'])
      .where('task_id', 'in', ids)
      .where('state', 'not in', ['queued', 'running'])
      .where((on) => on.or([on('open_task_id', 'is not', null), on('lease_until', 'is not', null)]))
      .execute();
    return rows.map(({ id, task_id, state }) => ({
      key: task_id,
      what: `attempt ${id} of task ${task_id} is ${state}, and still holds its task or a lease`,
    }));
  },
  async repair({ trx }, breaches) {
    await trx.kysely
      .updateTable('attempts')
      .set({ open_task_id: null, lease_until: null })
      .where(
        'task_id',
        'in',
        breaches.map(({ key }) => key),
      )
      .where('state', 'not in', ['queued', 'running'])
      .execute();
  },
};

const unheld: Check<number> = {
  name: 'running_without_lease',
  rule: 'an attempt that runs is held by a worker, with a lease',
  leadsTo: 'when its worker dies nobody finds it lost, and its job never ends',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('attempts')
      .select(['id', 'task_id', 'worker_id'])
      .where('task_id', 'in', ids)
      .where('state', '=', 'running')
      .where((on) => on.or([on('worker_id', 'is', null), on('lease_until', 'is', null)]))
      .execute();
    return rows.map(({ id, task_id, worker_id }) => ({
      key: task_id,
      what: `attempt ${id} of task ${task_id} runs without ${worker_id === null ? 'a worker' : 'a lease'}`,
    }));
  },
  /** A worker that does hold it renews the lease in time; else it is lost, and tried again. */
  async repair({ trx, parts }, breaches) {
    await trx.kysely
      .updateTable('attempts')
      .set((row) => ({
        worker_id: row.fn.coalesce('worker_id', sql.lit(0)),
        lease_until: sql<number>`${trx.dialect.now} + ${parts.overdueMs}`,
      }))
      .where(
        'task_id',
        'in',
        breaches.map(({ key }) => key),
      )
      .where('state', '=', 'running')
      .where((on) => on.or([on('worker_id', 'is', null), on('lease_until', 'is', null)]))
      .execute();
  },
};

export const ATTEMPTS: readonly Check<number>[] = [
  ...[unclosed, stray, queuedInVain, runningInVain, unlisted, unheld],
];
