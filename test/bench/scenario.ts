/**
 * What a scenario is and what it answers. A scenario runs once on each of its combinations of database and queue, in an
 * installation with one scheduler and one worker, and answers figures; each figure carries what it must reach, if anything.
 */
import type { Combination } from './combination.ts';
import type { BenchInstallation } from './installation.ts';

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'tasks/s' | 'ms' | 'MB' | 'x' | 's';
  readonly target?: Target;
}

export interface Scenario {
  readonly name: string;
  readonly combinations: readonly Combination[];
  /** @param isSmoke only whether it works is asked: the smallest sizes that show it */
  run(bench: BenchInstallation, isSmoke: boolean): Promise<Figure[]>;
}

/** Whether the figure reaches its target; null without one. */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === undefined) return null;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
