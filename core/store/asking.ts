/** What it takes to explain why a task stands where it stands. */
import type { Reader } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import type { TaskType } from '../model/task-type.ts';

export interface Asking {
  readonly registry: ReadonlyMap<string, TaskType>;
  /** A process not seen for longer counts as gone. */
  readonly aliveWithinMs: number;
}

export interface Context extends Asking {
  readonly reader: Reader;
  readonly definition: Definition;
}
