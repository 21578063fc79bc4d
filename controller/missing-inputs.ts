/**
 * Whatever can never run is ended at once, naming its cause, never left waiting: inputs that were expected from tasks
 * of the job which turned out not to make them, and tasks that wait for one another in a circle.
 */
import { type Transaction, transact } from '../core/db/transaction.ts';
import { type Areas, inputFile } from '../core/runtime/areas.ts';
import { CountChanges } from '../core/store/counts.ts';
import { placeReady } from '../core/store/dispatch.ts';
import { changePendingFlows, lockJob } from '../core/store/jobs.ts';
import { type EndedTask, lockTasks } from '../core/store/locked-tasks.ts';
import { isStalled, readWanted, type Wanted } from '../core/store/missing.ts';
import { endTasksBadly, releaseTasks } from '../core/store/moves.ts';
import { propagate } from '../core/store/propagation.ts';
import type { CompiledJob } from './compiled-jobs.ts';
import type { ExpanderParts } from './expansion/expander.ts';
import { findOutside, missingInput, type Origin } from './expansion/resolution.ts';

const PER_BATCH = 500;

/** Returns how many wanted inputs were settled. */
export async function settleWanted(parts: ExpanderParts, job: CompiledJob): Promise<number> {
  return await transact(parts.database, async (trx) => {
    const locked = await lockJob(trx, job.id);
    if (locked === undefined) return 0;
    if (locked.pending_flows > 0 && !(await isStalled(trx, job.id))) return 0;
    const wanted = await readWanted(trx, job.id, PER_BATCH);
    if (wanted.length > 0) await settle(trx, { parts, job, wanted });
    return wanted.length;
  });
}

interface Settling {
  readonly parts: ExpanderParts;
  readonly job: CompiledJob;
  readonly wanted: readonly Wanted[];
}

async function settle(trx: Transaction, { parts, job, wanted }: Settling): Promise<void> {
  const { areas, ids } = parts;
  const addresses = [...new Set(wanted.map(({ address }) => address))];
  const found = await findOutside(trx, addresses, { inputFileExists: exists(areas) });
  const counts = new CountChanges();
  const tasks = new Map(
    (
      await lockTasks(
        trx,
        wanted.map(({ consumer_id }) => consumer_id),
      )
    ).map((task) => [task.id, task]),
  );
  const ended = new Map<number, EndedTask>();
  const met = new Map<number, number>();
  for (const each of wanted) {
    const origin = found.get(each.address);
    const task = tasks.get(each.consumer_id);
    if (task === undefined || task.state !== 'waiting' || ended.has(task.id)) continue;
    if (origin !== undefined) {
      await point(trx, each, origin);
      met.set(task.id, (met.get(task.id) ?? 0) + 1);
      continue;
    }
    const reason = missingInput(job.definition.nodes[each.node]?.path ?? '$', each.name, each.address);
    await endTasksBadly(trx, [task.id], { from: 'waiting', to: 'failed', reason });
    counts.moved(task, 'waiting', 'failed');
    if (task.worker_class === null) await changePendingFlows(trx, job.id, -1);
    ended.set(task.id, { ...task, state: 'failed' });
  }
  for (const { address, consumer_id, ordinal } of wanted) {
    await trx.kysely
      .deleteFrom('wanted')
      .where('job_id', '=', job.id)
      .where('address', '=', address)
      .where('consumer_id', '=', consumer_id)
      .where('ordinal', '=', ordinal)
      .execute();
  }
  for (const id of ended.keys())
    await trx.kysely.deleteFrom('wanted').where('consumer_id', '=', id).execute();
  const ready = [];
  for (const [id, count] of met) {
    const task = tasks.get(id);
    if (task === undefined || ended.has(id)) continue;
    if (task.unmet === count) {
      await releaseTasks(trx, [id], count);
      counts.moved(task, 'waiting', 'ready');
      ready.push(task);
    } else {
      await trx.kysely
        .updateTable('tasks')
        .set({ unmet: task.unmet - count })
        .where('id', '=', id)
        .execute();
    }
  }
  ready.push(...(await propagate(trx, [...ended.values()], counts)));
  await placeReady(trx, ready, { direct: 0, ids, counts });
  await counts.write(trx);
}

const exists = (areas: Areas) => (address: string) => inputFile(areas, address) !== undefined;

async function point(
  { kysely }: Transaction,
  { consumer_id, ordinal }: Wanted,
  origin: Origin,
): Promise<void> {
  const columns =
    origin.kind === 'file'
      ? { kind: 'file' as const }
      : { product_id: origin.productId, version_id: origin.versionId };
  await kysely
    .updateTable('dependencies')
    .set(columns)
    .where('consumer_id', '=', consumer_id)
    .where('ordinal', '=', ordinal)
    .execute();
}

/** Ends one task of a circle, which blocks the others. Returns whether there was one. */
export async function breakCircle(parts: ExpanderParts, job: CompiledJob): Promise<boolean> {
  return await transact(parts.database, async (trx) => {
    if ((await lockJob(trx, job.id)) === undefined || !(await isStalled(trx, job.id))) return false;
    if ((await readWanted(trx, job.id, 1)).length > 0) return false; // those are settled first
    const circle = await findCircle(trx, job.id);
    const tasks = await lockTasks(trx, circle);
    const first = tasks.find(({ id }) => id === circle[0]);
    if (first === undefined || first.state !== 'waiting') return false;
    const counts = new CountChanges();
    const reason = `tasks wait for one another in a circle: ${[...circle, first.id].map((id) => `task ${id}`).join(' -> ')}`;
    await endTasksBadly(trx, [first.id], { from: 'waiting', to: 'failed', reason });
    counts.moved(first, 'waiting', 'failed');
    if (first.worker_class === null) await changePendingFlows(trx, job.id, -1);
    const ready = await propagate(trx, [{ ...first, state: 'failed' }], counts);
    await placeReady(trx, ready, { direct: 0, ids: parts.ids, counts });
    await counts.write(trx);
    return true;
  });
}

/** From any waiting task along what it waits for, until a task comes up again. */
async function findCircle({ kysely }: Transaction, jobId: number): Promise<number[]> {
  const start = await kysely
    .selectFrom('tasks')
    .select('id')
    .where('job_id', '=', jobId)
    .where('state', '=', 'waiting')
    .limit(1)
    .executeTakeFirst();
  const way: number[] = [];
  for (let id = start?.id; id !== undefined; ) {
    if (way.includes(id)) return way.slice(way.indexOf(id));
    way.push(id);
    const consumer = id;
    const next: { id: number; state: string; kind: string } | undefined = await kysely
      .selectFrom('dependencies')
      .innerJoin('tasks', 'tasks.id', 'dependencies.producer_id')
      .select(['tasks.id', 'tasks.state', 'tasks.kind'])
      .where('consumer_id', '=', consumer)
      .where('tasks.state', 'in', ['waiting', 'expanded'])
      .limit(1)
      .executeTakeFirst();
    id = next?.state === 'expanded' ? await waitingBelow(kysely, next.id) : next?.id;
  }
  return way;
}

/** An expanded flow task waits for its children: one of them that waits. */
async function waitingBelow(kysely: Transaction['kysely'], parent: number): Promise<number | undefined> {
  for (let id = parent; ; ) {
    const child: { id: number; state: string } | undefined = await kysely
      .selectFrom('tasks')
      .select(['id', 'state'])
      .where('parent_id', '=', id)
      .where('state', 'in', ['waiting', 'expanded'])
      .limit(1)
      .executeTakeFirst();
    if (child === undefined) return undefined;
    if (child.state === 'waiting') return child.id;
    id = child.id;
  }
}
