/** Flow tasks close when their last child has ended; a job ends with its root. */
import { sql } from 'kysely';
import { chunks, forIds } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import { isWantedCancelled } from './cancellations.ts';
import type { CountChanges } from './counts.ts';
import { type EndedTask, type LockedTask, lockTasks, partition, type Settled } from './locked-tasks.ts';
import { closeTasks, endJob, endTasksBadly, revisitTasks } from './moves.ts';

export async function settleParents(
  trx: Transaction,
  wave: readonly EndedTask[],
  counts: CountChanges,
): Promise<Settled> {
  for (const root of wave.filter(({ parent_id }) => parent_id === null)) {
    await endJob(
      trx,
      root.job_id,
      root.state === 'done' ? 'succeeded' : root.state === 'cancelled' ? 'cancelled' : 'failed',
    );
  }
  const byParent = Map.groupBy(
    wave.filter(({ parent_id }) => parent_id !== null),
    ({ parent_id }) => parent_id ?? 0,
  );
  const parents = await lockTasks(trx, [...byParent.keys()]);
  const cancelled = await cancelledAmong(
    trx,
    parents.map(({ cause_id }) => cause_id),
  );
  const updates = parents.map((task) => {
    const children = byParent.get(task.id) ?? [];
    const isCancelled = task.cause_id !== null && cancelled.has(task.cause_id);
    const cause = isCancelled
      ? (causeAmong(children) ?? task.cause_id)
      : (task.cause_id ?? causeAmong(children));
    return { task, cause, ended: children.length, bad: children.filter(isBad).length };
  });
  for (const group of Map.groupBy(updates, ({ ended, bad, cause }) => `${ended} ${bad} ${cause}`).values()) {
    const { ended, bad, cause } = group[0] ?? { ended: 0, bad: 0, cause: null };
    for (const part of chunks(group, 1_000)) {
      await trx.kysely
        .updateTable('tasks')
        .set((row) => ({
          open_children: row('open_children', '-', ended),
          bad_children: row('bad_children', '+', bad),
          cause_id: cause,
        }))
        .where(
          'id',
          'in',
          part.map(({ task }) => task.id),
        )
        .execute();
    }
  }
  const closing = updates
    .filter(({ task, ended }) => task.open_children === ended && task.state === 'expanded')
    .map(({ task, bad, cause }) => ({ task, cause, bad: task.bad_children + bad }));
  return await closeFlows(trx, closing, counts);
}

const isBad = ({ state }: EndedTask) => state !== 'done' && state !== 'not_taken';

/** What failed rather than what was blocked by it, and that rather than what was cancelled. */
const causeAmong = (children: readonly EndedTask[]) =>
  (['failed', 'blocked', 'cancelled'] as const)
    .map((bad) => children.find(({ state }) => state === bad)?.id)
    .find((id) => id !== undefined) ?? null;

/** Of these tasks, those that were cancelled. */
async function cancelledAmong(
  { kysely }: Transaction,
  ids: readonly (number | null)[],
): Promise<Set<number>> {
  const rows = await forIds(
    ids.flatMap((id) => id ?? []),
    (part) =>
      kysely
        .selectFrom('tasks')
        .select('id')
        .where('id', 'in', part)
        .where('state', '=', 'cancelled')
        .execute(),
  );
  return new Set(rows.map(({ id }) => id));
}

interface Closing {
  readonly task: LockedTask;
  readonly bad: number;
  readonly cause: number | null;
  /** It was to create more, and somebody wants it cancelled. */
  readonly isStopped?: boolean;
}

/** Flow tasks none of whose children is open. */
export async function closeFlows(
  trx: Transaction,
  closing: readonly Closing[],
  counts: CountChanges,
): Promise<Settled> {
  const [bad, good] = partition(closing, (each) => each.bad > 0 || each.isStopped === true);
  const [loops, done] = partition(good, ({ task }) => task.kind === 'do_while');
  const unwanted: Closing[] = [];
  for (const loop of loops) if (await isWantedCancelled(trx, loop.task)) unwanted.push(loop);
  const revisited = loops.filter((loop) => !unwanted.includes(loop));
  const ends = await badEnds(trx, [...bad, ...unwanted]);
  await revisitTasks(
    trx,
    revisited.map(({ task }) => task.id),
  );
  await closeTasks(
    trx,
    done.map(({ task }) => task.id),
  );
  for (const { task, to, cause, reason } of ends) {
    await endTasksBadly(trx, [task.id], { from: 'expanded', to, causeId: cause, reason });
    counts.moved(task, 'expanded', to);
  }
  await giveUpExpanding(
    trx,
    ends.map(({ task }) => task).filter(({ kind }) => kind === 'do_while'),
  );
  for (const { task } of revisited) counts.moved(task, 'expanded', 'ready');
  for (const { task } of done) counts.moved(task, 'expanded', 'done');
  return {
    ready: revisited.map(({ task }) => task),
    ended: [
      ...done.map(({ task }): EndedTask => ({ ...task, state: 'done' })),
      ...ends.map(({ task, to }): EndedTask => ({ ...task, state: to })),
    ],
  };
}

interface BadEnd extends Closing {
  readonly to: 'failed' | 'cancelled';
  readonly reason: string | null;
}

/** A flow task ends as the worst of its children; one without bad children was stopped. */
async function badEnds(trx: Transaction, bad: readonly Closing[]): Promise<BadEnd[]> {
  const known: Closing[] = [];
  for (const each of bad) known.push({ ...each, cause: each.cause ?? (await findCause(trx, each)) });
  const cancelled = await cancelledAmong(
    trx,
    known.map(({ cause }) => cause),
  );
  return known.map((each) => {
    const isCancelled = each.cause === null || cancelled.has(each.cause);
    const reason = each.cause === null ? 'cancelled before it had created all its tasks' : null;
    return { ...each, to: isCancelled ? 'cancelled' : 'failed', reason };
  });
}

/** A task that was reopened has forgotten its cause, and one of its children may still be bad. */
async function findCause({ kysely }: Transaction, { task, bad }: Closing): Promise<number | null> {
  if (bad === 0) return null;
  const child = await kysely
    .selectFrom('tasks')
    .select('id')
    .where('parent_id', '=', task.id)
    .where('state', 'in', ['failed', 'blocked', 'cancelled'])
    .orderBy(sql`case state when 'failed' then 0 when 'blocked' then 1 else 2 end`)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  return child?.id ?? null;
}

/** Flow tasks that will create nothing more: inputs that nobody can produce any longer are found by this count. */
export async function giveUpExpanding(
  { kysely }: Transaction,
  tasks: readonly { job_id: number }[],
): Promise<void> {
  for (const [jobId, group] of Map.groupBy(tasks, ({ job_id }) => job_id)) {
    await kysely
      .updateTable('jobs')
      .set((row) => ({ pending_flows: row('pending_flows', '-', group.length) }))
      .where('id', '=', jobId)
      .execute();
  }
}
