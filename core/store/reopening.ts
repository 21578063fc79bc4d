/**
 * Second chances: the tasks of a job that failed, were blocked or cancelled are set back to where they stood before,
 * in one transaction, whether or not the rest of the job still runs. Tasks that are queued or running are not touched,
 * nor what is done. What they wait for is counted anew, so that only what can run now becomes ready.
 */
import { chunks, forIds, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { TaskState } from '../model/states.ts';
import { CountChanges } from './counts.ts';
import { changePendingFlows } from './jobs.ts';
import { reopenJob, reopenTasks } from './moves.ts';
import { findProducts } from './products.ts';
import { type ReadyTask, standInLine } from './ready.ts';

const REOPENED: readonly TaskState[] = ['failed', 'blocked', 'cancelled'];

export interface Reopened {
  readonly failed: number;
  readonly blocked: number;
  readonly cancelled: number;
}

/** Counts what `reopen` would touch. Reads the tasks of the job: for people, not for daemons. */
export async function countReopenable({ kysely }: Reader, jobId: number): Promise<Reopened> {
  const rows = await kysely
    .selectFrom('tasks')
    .select((row) => ['state', row.fn.countAll<number>().as('tasks')])
    .where('job_id', '=', jobId)
    .where('state', 'in', REOPENED)
    .where('kind', '=', 'work')
    .groupBy('state')
    .execute();
  const count = (state: TaskState) => Number(rows.find((row) => row.state === state)?.tasks ?? 0);
  return { failed: count('failed'), blocked: count('blocked'), cancelled: count('cancelled') };
}

export async function reopen(trx: Transaction, jobId: number): Promise<Reopened> {
  await trx.kysely
    .selectFrom('jobs')
    .select('id')
    .where('id', '=', jobId)
    .modifyEnd(trx.dialect.forUpdate)
    .execute();
  const tasks = await lockReopenable(trx, jobId);
  if (tasks.length === 0) return { failed: 0, blocked: 0, cancelled: 0 };
  await forgetUnresolved(trx, tasks);
  await wantAgain(trx, jobId, tasks);
  const unmet = await countUnmet(trx, tasks);
  const reopened = new Set(tasks.map(({ id }) => id));
  const parents = Map.groupBy(tasks, ({ parent_id }) => parent_id ?? 0);
  const counts = new CountChanges();
  const ready: ReadyTask[] = [];
  let pending = 0;
  const moves = tasks.map((task) => {
    const waitsForChildren = task.kind !== 'work' && parents.has(task.id);
    const count = unmet.get(task.id) ?? 0;
    const to = waitsForChildren
      ? ('expanded' as const)
      : count > 0
        ? ('waiting' as const)
        : ('ready' as const);
    counts.moved(task, task.state, to);
    const worker_class = isUnresolved(task) ? null : task.worker_class;
    if (worker_class === null && (to !== 'expanded' || task.kind === 'do_while')) pending++;
    if (to === 'ready') ready.push({ ...task, worker_class });
    return { id: task.id, from: task.state, to, unmet: to === 'waiting' ? count : 0 };
  });
  for (const group of Map.groupBy(moves, ({ from, to, unmet: count }) => `${from} ${to} ${count}`).values()) {
    const [first] = group;
    if (first !== undefined)
      await reopenTasks(
        trx,
        group.map(({ id }) => id),
        first,
      );
  }
  await reopenParents(trx, parents);
  await changePendingFlows(trx, jobId, pending);
  if (tasks.some(({ parent_id }) => parent_id === null)) await reopenJob(trx, jobId);
  await standInLine(trx, ready);
  await counts.write(trx);
  const work = tasks.filter(({ kind, id }) => kind === 'work' && reopened.has(id));
  const count = (state: TaskState) => work.filter((task) => task.state === state).length;
  return { failed: count('failed'), blocked: count('blocked'), cancelled: count('cancelled') };
}

type Reopenable = Awaited<ReturnType<typeof lockReopenable>>[number];

function lockReopenable({ kysely, dialect }: Transaction, jobId: number) {
  return kysely
    .selectFrom('tasks')
    .select([
      'id',
      'job_id',
      'parent_id',
      'kind',
      'type',
      'state',
      'rank',
      'worker_class',
      'attempts',
      'created_children',
    ])
    .where('job_id', '=', jobId)
    .where('state', 'in', REOPENED)
    .orderBy('id')
    .modifyEnd(dialect.forUpdate)
    .execute();
}

/** Failed before it was ever tried: its description could not be evaluated, or a file was missing. */
function isUnresolved({ kind, state, attempts }: Reopenable): boolean {
  return kind === 'work' && state === 'failed' && attempts === 0;
}

/** Such a task is resolved anew, from its description: whatever was missing may be there now. */
async function forgetUnresolved({ kysely }: Transaction, tasks: readonly Reopenable[]): Promise<void> {
  for (const part of chunks(tasks.filter(isUnresolved), 500)) {
    const ids = part.map(({ id }) => id);
    await kysely
      .deleteFrom('dependencies')
      .where('consumer_id', 'in', ids)
      .where('kind', '!=', 'metadata')
      .execute();
    await kysely.deleteFrom('products').where('task_id', 'in', ids).execute();
    await kysely.updateTable('tasks').set({ worker_class: null }).where('id', 'in', ids).execute();
  }
}

/** Inputs whose producer was still to come when their task was blocked: it has come since, or is wanted again. */
async function wantAgain(trx: Transaction, jobId: number, tasks: readonly Reopenable[]): Promise<void> {
  const { kysely } = trx;
  const open = await forIds(
    tasks.map(({ id }) => id),
    (part) =>
      kysely
        .selectFrom('dependencies')
        .select(['consumer_id', 'ordinal', 'address'])
        .where('consumer_id', 'in', part)
        .where('kind', '=', 'input')
        .where('product_id', 'is', null)
        .execute(),
  );
  const known = await findProducts(trx, jobId, [...new Set(open.map(({ address }) => address ?? ''))]);
  const wanted = [];
  for (const { consumer_id, ordinal, address } of open) {
    const product = known.get(address ?? '');
    if (product === undefined) wanted.push({ job_id: jobId, address: address ?? '', consumer_id, ordinal });
    else {
      await kysely
        .updateTable('dependencies')
        .set({ producer_id: product.task_id, product_id: product.id })
        .where('consumer_id', '=', consumer_id)
        .where('ordinal', '=', ordinal)
        .execute();
    }
  }
  await insertRows(trx, 'wanted', wanted);
}

/** Dependencies whose producer is not done, or still to come. */
async function countUnmet(
  { kysely }: Transaction,
  tasks: readonly Reopenable[],
): Promise<Map<number, number>> {
  const rows = await forIds(
    tasks.map(({ id }) => id),
    (part) =>
      kysely
        .selectFrom('dependencies')
        .leftJoin('tasks', 'tasks.id', 'dependencies.producer_id')
        .select((row) => ['consumer_id', row.fn.countAll<number>().as('unmet')])
        .where('consumer_id', 'in', part)
        .where((on) =>
          on.or([
            on('tasks.state', '!=', 'done'),
            on.and([on('dependencies.kind', '=', 'input'), on('product_id', 'is', null)]),
          ]),
        )
        .groupBy('consumer_id')
        .execute(),
  );
  return new Map(rows.map(({ consumer_id, unmet }) => [consumer_id, Number(unmet)]));
}

/** What was counted as ended badly is open again. */
async function reopenParents(
  { kysely }: Transaction,
  parents: ReadonlyMap<number, readonly Reopenable[]>,
): Promise<void> {
  const byCount = Map.groupBy(
    [...parents].filter(([id]) => id !== 0),
    ([, children]) => children.length,
  );
  for (const [count, group] of byCount) {
    for (const part of chunks(group, 1_000)) {
      await kysely
        .updateTable('tasks')
        .set((row) => ({
          open_children: row('open_children', '+', count),
          bad_children: row('bad_children', '-', count),
        }))
        .where(
          'id',
          'in',
          part.map(([id]) => id),
        )
        .execute();
    }
  }
}
