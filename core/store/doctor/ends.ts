/** Tasks that ended badly say why, and what they were ended for has ended badly too. Attempts are numbered one by one. */
import { TASK_STATES, UNUSABLE } from '../../model/states.ts';
import { changePendingFlows } from '../jobs.ts';
import { reopenTasks } from '../moves.ts';
import type { Breach, Check, Mending } from './check.ts';

const USABLE = TASK_STATES.filter((state) => !UNUSABLE.includes(state));

const silent: Check<number> = {
  name: 'ended_without_reason',
  rule: 'a task that failed, is blocked or was cancelled says why',
  leadsTo: 'nobody can tell what to do about it',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .select(['id', 'job_id', 'state'])
      .where('id', 'in', ids)
      .where('state', 'in', ['failed', 'blocked', 'cancelled'])
      .where('reason', 'is', null)
      .where('cause_id', 'is', null)
      .where('bad_children', '=', 0)
      .where((on) => on.or([on('state', '!=', 'failed'), on('attempts', '=', 0)]))
      .execute();
    return rows.map(({ id, job_id, state }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is ${state} for no reason`,
    }));
  },
  async repair(mending, breaches) {
    for (const { key } of breaches) await explain(mending, key);
  },
};

async function explain({ trx }: Mending, taskId: number): Promise<void> {
  const cause = await badProducer({ trx }, taskId);
  const reason = cause === undefined ? 'not recorded (`easel doctor --repair`)' : null;
  await trx.kysely
    .updateTable('tasks')
    .set({ cause_id: cause ?? null, reason })
    .where('id', '=', taskId)
    .execute();
}

async function badProducer({ trx }: Pick<Mending, 'trx'>, taskId: number): Promise<number | undefined> {
  const row = await trx.kysely
    .selectFrom('dependencies')
    .innerJoin('tasks', 'tasks.id', 'producer_id')
    .select('tasks.id')
    .where('consumer_id', '=', taskId)
    .where('tasks.state', 'in', UNUSABLE)
    .limit(1)
    .modifyEnd(trx.dialect.forUpdate)
    .executeTakeFirst();
  return row?.id;
}

const unblocked: Check<number> = {
  name: 'blocked_by_nothing',
  rule: 'what blocks a task has ended badly',
  leadsTo: 'it never runs, though it could',
  advice: 'Where the task above it has ended too: `easel reschedule-unfinished JOB`.',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('tasks as cause', 'cause.id', 'tasks.cause_id')
      .select(['tasks.id', 'tasks.job_id', 'cause.id as cause_id', 'cause.state'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'blocked')
      .where('cause.state', 'in', USABLE)
      .execute();
    return rows.map(
      ({ id, job_id, cause_id, state }): Breach<number> => ({
        key: id,
        what: `task ${id} (job ${job_id}) is blocked by task ${cause_id}, which is ${state}`,
      }),
    );
  },
  async repair(mending, breaches) {
    for (const { key } of breaches) {
      const cause = await badProducer(mending, key);
      if (cause === undefined) await unblock(mending, key);
      else
        await mending.trx.kysely
          .updateTable('tasks')
          .set({ cause_id: cause })
          .where('id', '=', key)
          .execute();
    }
  },
};

/** Back to waiting; what it waits for is counted by the checks that follow. Only where the task above is open still. */
async function unblock({ trx, counts }: Mending, taskId: number): Promise<void> {
  const { kysely, dialect } = trx;
  const task = await kysely
    .selectFrom('tasks')
    .select(['id', 'job_id', 'type', 'parent_id', 'worker_class', 'unmet'])
    .where('id', '=', taskId)
    .executeTakeFirstOrThrow();
  const parent = await kysely
    .selectFrom('tasks')
    .select('state')
    .where('id', '=', task.parent_id ?? 0)
    .modifyEnd(dialect.forUpdate)
    .executeTakeFirst();
  if (parent?.state !== 'expanded') return;
  await reopenTasks(trx, [taskId], { from: 'blocked', to: 'waiting', unmet: task.unmet });
  counts.moved(task, 'blocked', 'waiting');
  await kysely
    .updateTable('tasks')
    .set((row) => ({
      open_children: row('open_children', '+', 1),
      bad_children: row('bad_children', '-', 1),
    }))
    .where('id', '=', task.parent_id ?? 0)
    .execute();
  if (task.worker_class === null) await changePendingFlows(trx, task.job_id, 1);
}

const misnumbered: Check<number> = {
  name: 'attempt_numbers',
  rule: 'a task counts its attempts',
  leadsTo: 'its next attempt gets a number that is taken, and no scheduler can dispatch it',
  async find({ kysely }, ids) {
    const counted = kysely
      .selectFrom('tasks')
      .innerJoin('attempts', 'attempts.task_id', 'tasks.id')
      .select((row) => ['tasks.id', 'tasks.job_id', 'tasks.attempts', row.fn.max('number').as('number')])
      .where('tasks.id', 'in', ids)
      .groupBy(['tasks.id', 'tasks.job_id', 'tasks.attempts']);
    const rows = await kysely
      .selectFrom(counted.as('counted'))
      .selectAll()
      .whereRef('number', '>', 'attempts')
      .execute();
    return rows.map(({ id, job_id, attempts, number }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) counts ${attempts} attempts; the last is number ${number}`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches) {
      const last = trx.kysely
        .selectFrom('attempts')
        .select(({ fn }) => fn.max('number').as('number'))
        .where('task_id', '=', key);
      const { number } = await last.executeTakeFirstOrThrow();
      await trx.kysely.updateTable('tasks').set({ attempts: number }).where('id', '=', key).execute();
    }
  },
};

export const ENDS: readonly Check<number>[] = [misnumbered, silent, unblocked];
