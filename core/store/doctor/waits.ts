/**
 * Waiting tasks: each counts what it waits for (`unmet`: dependencies whose producer is not done, inputs that nobody has
 * declared yet, a timer), is released when that is nothing, and is blocked when something of it can never come.
 */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Tables } from '../../db/tables.ts';
import type { Reader } from '../../db/transaction.ts';
import { UNUSABLE } from '../../model/states.ts';
import { placeReady } from '../dispatch.ts';
import { lockTasks } from '../locked-tasks.ts';
import { releaseTasks } from '../moves.ts';
import { propagate } from '../propagation.ts';
import type { Breach, Check, Mending } from './check.ts';
import { blockTasks } from './ending.ts';

/** What a task waits for, counted from the rows. */
function needed(task: ExpressionBuilder<Tables, 'tasks'>) {
  const dependencies = task
    .selectFrom('dependencies')
    .leftJoin('tasks as producer', 'producer.id', 'dependencies.producer_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .whereRef('consumer_id', '=', 'tasks.id')
    .where((on) =>
      on.or([
        on('producer.state', '!=', 'done'),
        on.and([on('dependencies.kind', '=', 'input'), on('product_id', 'is', null)]),
      ]),
    );
  const timers = task
    .selectFrom('timers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .whereRef('task_id', '=', 'tasks.id');
  return sql<number>`${dependencies} + ${timers}`.as('needed');
}

function countNeeded({ kysely }: Reader, ids: readonly number[]) {
  return kysely
    .selectFrom('tasks')
    .select(['id', 'job_id', 'state', 'unmet'])
    .select(needed)
    .where('id', 'in', ids)
    .where('state', '=', 'waiting');
}

const miscounted: Check<number> = {
  name: 'unmet',
  rule: 'a waiting task counts what it waits for, and any other waits for nothing',
  leadsTo: 'it never starts, or starts before its inputs are there',
  async find(reader, ids) {
    const waiting = await reader.kysely
      .selectFrom(countNeeded(reader, ids).as('counted'))
      .selectAll()
      .whereRef('unmet', '!=', 'needed')
      .execute();
    const others = await reader.kysely
      .selectFrom('tasks')
      .select(['id', 'job_id', 'state', 'unmet'])
      .where('id', 'in', ids)
      .where('state', 'in', ['ready', 'queued', 'running', 'expanded', 'done'])
      .where('unmet', '!=', 0)
      .execute();
    return [...waiting, ...others.map((task) => ({ ...task, needed: 0 }))].map((task): Breach<number> => {
      const { id, job_id, state, unmet } = task;
      return {
        key: id,
        what: `task ${id} (job ${job_id}, ${state}) has ${unmet} as the number of things it waits for; there are ${Number(task.needed)}`,
      };
    });
  },
  repair: settle,
};

const forgotten: Check<number> = {
  name: 'forgotten_release',
  rule: 'a task that waits for nothing is ready',
  leadsTo: 'it waits for ever, and its job never ends',
  async find(reader, ids) {
    const rows = await reader.kysely
      .selectFrom(countNeeded(reader, ids).as('counted'))
      .select(['id', 'job_id'])
      .where('unmet', '=', 0)
      .where('needed', '=', 0)
      .execute();
    return rows.map(({ id, job_id }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) waits, and all it needs is there`,
    }));
  },
  repair: settle,
};

/** Counts anew, and releases what waits for nothing. */
async function settle({ trx, parts, counts }: Mending, breaches: readonly Breach<number>[]): Promise<void> {
  const ids = breaches.map(({ key }) => key);
  const waiting = new Map(
    (await countNeeded(trx, ids).execute()).map((task) => [task.id, Number(task.needed)]),
  );
  for (const id of ids)
    await trx.kysely
      .updateTable('tasks')
      .set({ unmet: waiting.get(id) ?? 0 })
      .where('id', '=', id)
      .execute();
  const free = ids.filter((id) => waiting.get(id) === 0);
  await releaseTasks(trx, free, 0);
  const tasks = await lockTasks(trx, free);
  for (const task of tasks) counts.moved(task, 'waiting', 'ready');
  await placeReady(trx, tasks, { direct: 0, ids: parts.ids, counts });
}

const hopeless: Check<number> = {
  name: 'dead_wait',
  rule: 'a task that needs what can never come is blocked',
  leadsTo: 'it waits for ever, and its job never ends',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('dependencies', 'consumer_id', 'tasks.id')
      .innerJoin('tasks as producer', 'producer.id', 'dependencies.producer_id')
      .select(['tasks.id', 'tasks.job_id', 'producer.id as producer_id', 'producer.state'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'waiting')
      .where('producer.state', 'in', UNUSABLE)
      .orderBy('tasks.id')
      .execute();
    return [...new Map(rows.map((row) => [row.id, row])).values()].map(
      ({ id, job_id, producer_id, state }) => ({
        key: id,
        what: `task ${id} (job ${job_id}) waits for task ${producer_id}, which is ${state}`,
      }),
    );
  },
  async repair({ trx, parts, counts }, breaches) {
    const ended = await blockTasks(
      trx,
      breaches.map(({ key }) => key),
      counts,
    );
    const ready = await propagate(trx, ended, counts);
    await placeReady(trx, ready, { direct: 0, ids: parts.ids, counts });
  },
};

export const WAITS: readonly Check<number>[] = [miscounted, forgotten, hopeless];
