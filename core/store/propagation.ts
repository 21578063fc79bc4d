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
import { type EndedTask, type LockedTask, lockTasks, type Settled } from './locked-tasks.ts';
import { endTasksBadly } from './moves.ts';
import type { ReadyTask } from './ready.ts';
import { type Met, release } from './releasing.ts';
import { dropTimers } from './timers.ts';

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
    const bad = producers.filter((id) => states.get(id) !== 'done');
    const cause = bad.find((id) => states.get(id) !== 'cancelled') ?? bad[0];
    if (cause === undefined) met.push({ task, count: producers.length });
    else blocked.push({ task, cause, to: states.get(cause) === 'cancelled' ? 'cancelled' : 'blocked' });
  }
  return { ready: await release(trx, met, counts), ended: await block(trx, blocked, counts) };
}

interface Blocked {
  readonly task: LockedTask;
  readonly cause: number;
  /** What needs a cancelled task is cancelled with it. */
  readonly to: 'blocked' | 'cancelled';
}

async function block(
  trx: Transaction,
  blocked: readonly Blocked[],
  counts: CountChanges,
): Promise<EndedTask[]> {
  for (const [causeId, group] of Map.groupBy(blocked, ({ cause }) => cause)) {
    const ids = group.map(({ task }) => task.id);
    const to = group[0]?.to ?? 'blocked';
    await endTasksBadly(trx, ids, { from: 'waiting', to, causeId });
    await dropTimers(trx, ids);
    for (const part of chunks(ids, 1_000))
      await trx.kysely.deleteFrom('wanted').where('consumer_id', 'in', part).execute();
  }
  for (const { task, to } of blocked) counts.moved(task, 'waiting', to);
  await giveUpExpanding(
    trx,
    blocked.map(({ task }) => task).filter(({ worker_class }) => worker_class === null),
  );
  return blocked.map(({ task, to }) => ({ ...task, state: to }));
}
