/** Tasks as those see them that end, release or block them: locked, with what decides about them. */
import { forIds } from '../db/rows.ts';
import type { Transaction } from '../db/transaction.ts';
import type { NodeKind } from '../model/definition.ts';
import type { TaskState } from '../model/states.ts';
import type { ReadyTask } from './ready.ts';

export interface EndedTask {
  readonly id: number;
  readonly job_id: number;
  readonly parent_id: number | null;
  readonly kind: NodeKind;
  readonly state: TaskState;
}

/** What follows at once when tasks end: others are ready, or have ended in turn. */
export interface Settled {
  readonly ready: ReadyTask[];
  readonly ended: EndedTask[];
}

const TASK_COLUMNS = [
  'id',
  'job_id',
  'parent_id',
  'kind',
  'type',
  'state',
  'rank',
  'worker_class',
  'attempts',
  'unmet',
  'open_children',
  'bad_children',
  'cause_id',
] as const;

export type LockedTask = Awaited<ReturnType<typeof lockTasks>>[number];
export function lockTasks(trx: Transaction, ids: readonly number[]) {
  return forIds(ids, (part) =>
    trx.kysely
      .selectFrom('tasks')
      .select(TASK_COLUMNS)
      .where('id', 'in', part)
      .modifyEnd(trx.dialect.forUpdate)
      .execute(),
  );
}

/** Those that pass, and those that do not. */
export function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(items, (item) => (test(item) ? 'yes' : 'no'));
  return [yes, no];
}
