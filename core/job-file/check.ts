/** What the checks of one file share: the registry, the limits, what was found so far, and what has been compiled. */
import type { TaskType } from '../model/task-type.ts';
import type { ExpressionFacts } from './expression-facts.ts';
import type { Findings } from './findings.ts';
import type { Limits } from './limits.ts';

export interface Check {
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly limits: Limits;
  readonly findings: Findings;
  readonly expressions: ExpressionFacts;
  readonly budget: Budget;
}

/**
 * Bounds the checks that compare many things with many: beyond it they take a match for granted,
 * so that a hostile file costs no more than a large one, and no good file is refused.
 */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** False when there is nothing left to spend. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
