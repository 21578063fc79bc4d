/**
 * What follows when tasks end, in the transaction that ends them: those that waited for them become ready, or are
 * blocked when they can never run; a flow task closes when its last child has ended, and that may release or block
 * others in turn. A job ends with its root. Nothing is scanned: the cost is that of the rows concerned.
 *
 * A consumer created at the same time cannot be missed: whoever creates it locks its producers' rows first, and the
 * caller here has already changed them.
 */
import { chunks, forIds } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { giveUpExpanding, settleParents } from './closing.ts';
import type { CountChanges } from './counts.ts';
import { type EndedTask, type LockedTask, lockTasks, partition, type Settled } from './locked-tasks.ts';
import { endTasksBadly, releaseTasks } from './moves.ts';
import type { ReadyTask } from './ready.ts';

/** Returns the tasks that became ready; the caller dispatches them or puts them in line. */
export async function propagate(
  trx: Transaction,
  ended: readonly EndedTask[],
  counts: CountChanges,
): Promise<ReadyTask[]> {
  const ready: ReadyTask[] = [];
  let wave: readonly EndedTask[] = ended;
  while (wave.length > 0) {
    const consumers = await settleConsumers(trx, wave, counts);
    const parents = await settleParents(trx, wave, counts);
    ready.push(...consumers.ready, ...parents.ready);
    wave = [...consumers.ended, ...parents.ended];
  }
  return ready;
}

async function settleConsumers(
  trx: Transaction,
  wave: readonly EndedTask[],
  counts: CountChanges,
): Promise<Settled> {
  const states = new Map(wave.map(({ id, state }) => [id, state]));
  const edges = await forIds([...states.keys()], (part) =>
    trx.kysely
      .selectFrom('dependencies')
      .select(['consumer_id', 'producer_id'])
      .where('producer_id', 'in', part)
      .execute(),
  );
  const byConsumer = Map.groupBy(edges, ({ consumer_id }) => consumer_id);
  const consumers = await lockTasks(trx, [...byConsumer.keys()]);
  const met: Met[] = [];
  const blocked: Blocked[] = [];
  for (const task of consumers) {
    if (task.state !== 'waiting') continue;
    const producers = (byConsumer.get(task.id) ?? []).map(({ producer_id }) => producer_id ?? 0);
    const cause = producers.find((id) => states.get(id) !== 'done');
    if (cause === undefined) met.push({ task, count: producers.length });
    else blocked.push({ task, cause });
  }
  return { ready: await release(trx, met, counts), ended: await block(trx, blocked, counts) };
}

interface Met {
  readonly task: LockedTask;
  readonly count: number;
}
interface Blocked {
  readonly task: LockedTask;
  readonly cause: number;
}

async function release(trx: Transaction, met: readonly Met[], counts: CountChanges): Promise<ReadyTask[]> {
  const [last, others] = partition(met, ({ task, count }) => task.unmet === count);
  for (const [count, group] of Map.groupBy(others, (each) => each.count)) {
    for (const part of chunks(group, 1_000)) {
      await trx.kysely
        .updateTable('tasks')
        .set((row) => ({ unmet: row('unmet', '-', count) }))
        .where(
          'id',
          'in',
          part.map(({ task }) => task.id),
        )
        .execute();
    }
  }
  for (const [count, group] of Map.groupBy(last, (each) => each.count)) {
    await releaseTasks(
      trx,
      group.map(({ task }) => task.id),
      count,
    );
  }
  for (const { task } of last) counts.moved(task, 'waiting', 'ready');
  return last.map(({ task }) => task);
}

async function block(
  trx: Transaction,
  blocked: readonly Blocked[],
  counts: CountChanges,
): Promise<EndedTask[]> {
  for (const [causeId, group] of Map.groupBy(blocked, ({ cause }) => cause)) {
    const ids = group.map(({ task }) => task.id);
    await endTasksBadly(trx, ids, { from: 'waiting', to: 'blocked', causeId });
    for (const part of chunks(ids, 1_000))
      await trx.kysely.deleteFrom('wanted').where('consumer_id', 'in', part).execute();
  }
  for (const { task } of blocked) counts.moved(task, 'waiting', 'blocked');
  await giveUpExpanding(
    trx,
    blocked.map(({ task }) => task).filter(({ worker_class }) => worker_class === null),
  );
  return blocked.map(({ task }) => ({ ...task, state: 'blocked' }));
}
