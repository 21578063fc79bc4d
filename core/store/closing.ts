/** Flow tasks close when their last child has ended; a job ends with its root. */
import { chunks } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
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
  const updates = parents.map((task) => {
    const children = byParent.get(task.id) ?? [];
    const cause = task.cause_id ?? causeAmong(children);
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

/** What failed rather than what was blocked by it. */
const causeAmong = (children: readonly EndedTask[]) =>
  (children.find(({ state }) => state === 'failed') ?? children.find(isBad))?.id ?? null;

interface Closing {
  readonly task: LockedTask;
  readonly bad: number;
  readonly cause: number | null;
}

/** Flow tasks none of whose children is open. */
export async function closeFlows(
  trx: Transaction,
  closing: readonly Closing[],
  counts: CountChanges,
): Promise<Settled> {
  const [bad, good] = partition(closing, (each) => each.bad > 0);
  const [revisited, done] = partition(good, ({ task }) => task.kind === 'do_while');
  await revisitTasks(
    trx,
    revisited.map(({ task }) => task.id),
  );
  await closeTasks(
    trx,
    done.map(({ task }) => task.id),
  );
  for (const { task, cause } of bad) {
    await endTasksBadly(trx, [task.id], { from: 'expanded', to: 'failed', causeId: cause });
  }
  await giveUpExpanding(
    trx,
    bad.map(({ task }) => task).filter(({ kind }) => kind === 'do_while'),
  );
  for (const { task } of revisited) counts.moved(task, 'expanded', 'ready');
  for (const { task } of done) counts.moved(task, 'expanded', 'done');
  for (const { task } of bad) counts.moved(task, 'expanded', 'failed');
  return {
    ready: revisited.map(({ task }) => task),
    ended: [
      ...done.map(({ task }): EndedTask => ({ ...task, state: 'done' })),
      ...bad.map(({ task }): EndedTask => ({ ...task, state: 'failed' })),
    ],
  };
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
