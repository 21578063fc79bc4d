/** Waiting tasks for which some of what they wait for is there: they wait for less, and for nothing at last. */
import { chunks } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import type { CountChanges } from './counts.ts';
import { type LockedTask, partition } from './locked-tasks.ts';
import { releaseTasks } from './moves.ts';
import type { ReadyTask } from './ready.ts';

export interface Met {
  /** `waiting`, and locked. */
  readonly task: LockedTask;
  readonly count: number;
}

/** Returns those that are ready now; the caller places them. */
export async function release(
  trx: Transaction,
  met: readonly Met[],
  counts: CountChanges,
): Promise<ReadyTask[]> {
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
