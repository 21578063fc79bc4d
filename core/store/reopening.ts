/**
 * Second chances: tasks that failed, were blocked or cancelled (or are to be done anew) are set back to where they stood
 * before, in one transaction, whether or not the rest of the job still runs. Tasks that are queued or running are not
 * touched. What they wait for is counted anew, so that only what can run now becomes ready.
 */
import { chunks, forIds, insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { TaskState } from '../model/states.ts';
import { isFlowType } from '../model/task-type.ts';
import { CountChanges, readCounts } from './counts.ts';
import { changePendingFlows } from './jobs.ts';
import { reopenJob, reopenTasks } from './moves.ts';
import { findProducts } from './products.ts';
import { type ReadyTask, standInLine } from './ready.ts';
import { chooseReopenable, type OneTask, type Reopenable } from './reopenable.ts';

/** Work tasks, by the state they were in. */
export interface Reopened {
  readonly failed: number;
  readonly blocked: number;
  readonly cancelled: number;
  readonly done: number;
}

/** Counts what `reopen` would touch of whole jobs. From counts: no task is read. */
export async function countReopenable(reader: Reader, jobIds: readonly number[]): Promise<Reopened> {
  const rows = await forIds(jobIds, (part) => readCounts(reader, part));
  const work = rows.filter(({ type }) => !isFlowType(type));
  const count = (state: TaskState) =>
    work.filter((row) => row.state === state).reduce((sum, { tasks }) => sum + Number(tasks), 0);
  return { failed: count('failed'), blocked: count('blocked'), cancelled: count('cancelled'), done: 0 };
}

/** All of the job that ended badly, or one task with what hangs on it. */
export async function reopen(trx: Transaction, jobId: number, one?: OneTask): Promise<Reopened> {
  await lockJobRow(trx, jobId);
  const tasks = await chooseReopenable(trx, jobId, one);
  const counts = new CountChanges();
  if (tasks.length > 0) await reopenAll(trx, { jobId, tasks, counts });
  await counts.write(trx);
  const count = (state: TaskState) =>
    tasks.filter((task) => task.kind === 'work' && task.state === state).length;
  return {
    ...{ failed: count('failed'), blocked: count('blocked') },
    ...{ cancelled: count('cancelled'), done: count('done') },
  };
}

interface Reopening {
  readonly jobId: number;
  readonly tasks: readonly Reopenable[];
  readonly counts: CountChanges;
}

async function reopenAll(trx: Transaction, { jobId, tasks, counts }: Reopening): Promise<void> {
  await forgetUnresolved(trx, tasks);
  await forgetResults(trx, tasks);
  await wantAgain(trx, jobId, tasks);
  const unmet = await countUnmet(trx, tasks);
  const parents = Map.groupBy(tasks, ({ parent_id }) => parent_id ?? 0);
  const ready: ReadyTask[] = [];
  let pending = 0;
  const moves = tasks.map((task) => {
    const isOpenFlow = task.kind !== 'work' && (parents.has(task.id) || task.uncreated_children > 0);
    const count = unmet.get(task.id) ?? 0;
    const to = isOpenFlow ? ('expanded' as const) : count > 0 ? ('waiting' as const) : ('ready' as const);
    counts.moved(task, task.state, to);
    const worker_class = isUnresolved(task) ? null : task.worker_class;
    const creates = to !== 'expanded' || task.kind === 'do_while' || task.uncreated_children > 0;
    if (worker_class === null && creates) pending++;
    if (to === 'ready' || task.uncreated_children > 0) ready.push({ ...task, worker_class });
    return { id: task.id, from: task.state, to, unmet: to === 'waiting' ? count : 0 };
  });
  await waitAnew(trx, tasks);
  for (const group of Map.groupBy(moves, ({ from, to, unmet: count }) => `${from} ${to} ${count}`).values()) {
    const [first] = group;
    const ids = group.map(({ id }) => id);
    if (first !== undefined) await reopenTasks(trx, ids, first);
  }
  await reopenParents(trx, parents);
  await resumeLoops(trx, tasks);
  await changePendingFlows(trx, jobId, pending);
  if (tasks.some(({ parent_id }) => parent_id === null)) await reopenJob(trx, jobId);
  await standInLine(trx, ready);
}

async function lockJobRow({ kysely, dialect }: Transaction, id: number): Promise<void> {
  await kysely.selectFrom('jobs').select('id').where('id', '=', id).modifyEnd(dialect.forUpdate).execute();
}

/** What they left that would stand in the way, and the wish that they be cancelled. Versions stay, as evidence. */
async function forgetResults({ kysely }: Transaction, tasks: readonly Reopenable[]): Promise<void> {
  for (const part of chunks(tasks, 1_000)) {
    const ids = part.map(({ id }) => id);
    await kysely.deleteFrom('output_metadata').where('task_id', 'in', ids).execute();
    await kysely.deleteFrom('cancellations').where('task_id', 'in', ids).execute();
  }
}

/** Tasks that wait for others as well, and for which what is now to be done anew had been there. */
async function waitAnew({ kysely }: Transaction, tasks: readonly Reopenable[]): Promise<void> {
  const chosen = new Set(tasks.map(({ id }) => id));
  const rows = await forIds(
    tasks.filter(({ state }) => state === 'done').map(({ id }) => id),
    (part) =>
      kysely
        .selectFrom('dependencies')
        .innerJoin('tasks', 'tasks.id', 'dependencies.consumer_id')
        .select('consumer_id')
        .where('producer_id', 'in', part)
        .where('tasks.state', '=', 'waiting')
        .execute(),
  );
  const edges = Map.groupBy(
    rows.filter(({ consumer_id }) => !chosen.has(consumer_id)),
    ({ consumer_id }) => consumer_id,
  );
  for (const [id, { length }] of [...edges].sort(([a], [b]) => a - b))
    await kysely
      .updateTable('tasks')
      .set((row) => ({ unmet: row('unmet', '+', length) }))
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
}

/** Loops that were stopped while they created their iterations create the rest. */
async function resumeLoops({ kysely }: Transaction, tasks: readonly Reopenable[]): Promise<void> {
  for (const { id, uncreated_children } of tasks.filter((task) => task.uncreated_children > 0))
    await kysely
      .updateTable('tasks')
      .set((row) => ({ open_children: row('open_children', '+', uncreated_children), uncreated_children: 0 }))
      .where('id', '=', id)
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

/** Dependencies whose producer is not done (or to be done anew), or still to come. */
async function countUnmet(
  { kysely }: Transaction,
  tasks: readonly Reopenable[],
): Promise<Map<number, number>> {
  const chosen = new Set(tasks.map(({ id }) => id));
  const rows = await forIds([...chosen], (part) =>
    kysely
      .selectFrom('dependencies')
      .leftJoin('tasks', 'tasks.id', 'dependencies.producer_id')
      .select(['consumer_id', 'producer_id', 'product_id', 'dependencies.kind', 'tasks.state'])
      .where('consumer_id', 'in', part)
      .execute(),
  );
  const unmet = new Map<number, number>();
  for (const { consumer_id, producer_id, product_id, kind, state } of rows) {
    const isOpen = producer_id !== null && (state !== 'done' || chosen.has(producer_id));
    const isWanted = kind === 'input' && product_id === null;
    if (isOpen || isWanted) unmet.set(consumer_id, (unmet.get(consumer_id) ?? 0) + 1);
  }
  return unmet;
}

/** What was counted as ended, well or badly, is open again. */
async function reopenParents(
  { kysely }: Transaction,
  parents: ReadonlyMap<number, readonly Reopenable[]>,
): Promise<void> {
  const changes = [...parents]
    .filter(([id]) => id !== 0)
    .map(([id, children]) => ({
      ...{ id, open: children.length },
      bad: children.filter(({ state }) => state !== 'done').length,
    }));
  for (const group of Map.groupBy(changes, ({ open, bad }) => `${open} ${bad}`).values()) {
    const { open, bad } = group[0] ?? { open: 0, bad: 0 };
    for (const part of chunks(group, 1_000)) {
      await kysely
        .updateTable('tasks')
        .set((row) => ({
          open_children: row('open_children', '+', open),
          bad_children: row('bad_children', '-', bad),
        }))
        .where(
          'id',
          'in',
          part.map(({ id }) => id),
        )
        .execute();
    }
  }
}
