/** What the tables hold of one task, against what the state model holds. */
import { deepEqual } from 'node:assert/strict';
import type { Engine } from '../engine.ts';
import { isOpen, type World } from './world.ts';

/** Throws an AssertionError where they differ. */
export async function compareTables({ kysely }: Engine, world: World, id: number): Promise<void> {
  const { task, number, losses, inLine, timer, cancelling, attempts, successes } = world;
  const row = await kysely
    .selectFrom('tasks')
    .innerJoin('jobs', 'jobs.id', 'tasks.job_id')
    .select(['tasks.state', 'tasks.losses', 'tasks.attempts', 'jobs.state as job'])
    .where('tasks.id', '=', id)
    .executeTakeFirstOrThrow();
  const line = await kysely.selectFrom('ready_tasks').select('line').where('task_id', '=', id).execute();
  const entries = await kysely
    .selectFrom('queue_entries')
    .innerJoin('attempts', 'attempts.id', 'attempt_id')
    .select('number')
    .where('queue_entries.task_id', '=', id)
    .execute();
  const timers = await kysely.selectFrom('timers').select('due_at').where('task_id', '=', id).execute();
  const wishes = await kysely
    .selectFrom('cancellations')
    .select('attempt_id')
    .where('task_id', '=', id)
    .execute();
  const real = await kysely.selectFrom('attempts').selectAll().where('task_id', '=', id).execute();
  const known = new Set(attempts.map((each) => each.id));
  deepEqual(
    {
      ...row,
      line: line.map((each) => each.line),
      timers: timers.length,
      // The row of a task that has ended means nothing any more; a sweep removes it.
      cancelling: wishes.length > 0 && row.state === 'running',
      entries: entries.map((each) => each.number),
      successes: real.filter(({ state }) => state === 'succeeded').length,
      attempts: real
        .filter((each) => known.has(each.number) || each.state === 'queued' || each.state === 'running')
        .map((each) => ({
          ...{ number: each.number, state: each.state, open: each.open_task_id !== null },
          expired: each.lease_until === null ? undefined : each.lease_until < 10,
        })),
    },
    {
      ...{ state: task, losses, attempts: number },
      job: ['done', 'failed', 'cancelled'].includes(task) ? row.job : 'running',
      line: Array<string>(inLine).fill('default'),
      ...{ timers: timer ? 1 : 0, cancelling },
      entries: attempts.filter(({ entry }) => entry).map((each) => each.id),
      successes,
      attempts: attempts.map((each) => ({
        ...{ number: each.id, state: each.state, open: isOpen(each) },
        expired: each.state === 'running' ? each.expired : undefined,
      })),
    },
  );
  if (row.job === 'running') return;
  deepEqual(row.job === 'succeeded', task === 'done', `the job is ${row.job}, its task ${task}`);
}

/** So that the next walk finds nothing of this one in the queue. */
export async function clearTables({ kysely }: Engine, id: number): Promise<void> {
  await kysely.deleteFrom('timers').where('task_id', '=', id).execute();
  await kysely.deleteFrom('cancellations').where('task_id', '=', id).execute();
  await kysely.deleteFrom('ready_tasks').where('task_id', '=', id).execute();
  await kysely.deleteFrom('queue_entries').where('task_id', '=', id).execute();
  await kysely.updateTable('attempts').set({ lease_until: null }).where('task_id', '=', id).execute();
}
