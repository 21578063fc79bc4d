/** How a task is carried out, as a module or as a command. A failing task is an answer, never a throw. */
import type { Usage } from '../attempt.ts';
import type { Failure } from './protocol.ts';
import type { Judgement } from './quality-control.ts';

export interface Result {
  readonly failure: Failure | undefined;
  /** JSON text of a checked dict; `{}` when the task failed. */
  readonly metadata: string;
}

export interface Execution {
  run(): Promise<Result>;
  /** The type's own quality control; without one, everything passes. */
  judge(result: Result): Promise<Judgement>;
  /** Of the whole attempt so far. */
  readUsage(): Omit<Usage, 'wallMs'>;
}
