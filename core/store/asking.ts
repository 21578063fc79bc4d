/** What it takes to explain why a task stands where it stands. Made once for each question. */
import type { Reader } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import type { InstallationPolicy } from '../model/policy-keys.ts';
import type { TaskType } from '../model/task-type.ts';
import type { aliveProcesses } from './processes.ts';

export interface Asking {
  readonly registry: ReadonlyMap<string, TaskType>;
  /** Retries and time limits of the installation. */
  readonly defaults: InstallationPolicy;
  /** A process not seen for longer counts as gone. */
  readonly aliveWithinMs: number;
}

export interface Context extends Asking {
  readonly reader: Reader;
  readonly definition: Definition;
  /** Schedulers and workers. */
  readonly alive: Awaited<ReturnType<typeof aliveProcesses>>;
}

export function schedulersAlive({ alive }: Context): number {
  return alive.filter(({ role }) => role === 'scheduler').length;
}
