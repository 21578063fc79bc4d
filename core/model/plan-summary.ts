/**
 * How many tasks one instance of a node stands for: of each node below it, of each task type, and in all.
 * Totals are kept apart from the nodes because two branches of a conditional exclude one another:
 * each may run, but not both.
 */
import { add, type Count, either, multiply, NONE, ONCE } from './count.ts';
import type { DefinitionNode } from './definition.ts';

export interface Summary {
  /** Of node `first + i`, at place i. */
  readonly first: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly totals: Totals;
}

export interface Totals {
  work: Count;
  flow: Count;
  readonly types: Map<string, Count>;
}

/** The node itself, once, and nothing below it yet. */
export function summariseNode({ index, end, kind }: DefinitionNode, type: string): Summary {
  const min = new Float64Array(end - index);
  const max = new Float64Array(end - index);
  min[0] = 1;
  max[0] = 1;
  const own = kind === 'work' ? { work: ONCE, flow: NONE } : { work: NONE, flow: ONCE };
  return { first: index, min, max, totals: { ...own, types: new Map([[type, ONCE]]) } };
}

/** Adds `count` instances of something below `target` to it. */
export function addTimes(target: Summary, below: Summary, count: Count): void {
  addNodes(target, below, count);
  addTotals(target.totals, below.totals, count);
}

/** Adds one of two branches, not known which; a branch that is not there is an empty one. */
export function addEither(target: Summary, branches: readonly (Summary | undefined)[]): void {
  const [first, second] = branches;
  for (const branch of [first, second])
    if (branch !== undefined) addNodes(target, branch, { min: 0, max: 1 });
  const { totals } = target;
  totals.work = add(totals.work, either(first?.totals.work ?? NONE, second?.totals.work ?? NONE));
  totals.flow = add(totals.flow, either(first?.totals.flow ?? NONE, second?.totals.flow ?? NONE));
  const types = new Set([...(first?.totals.types.keys() ?? []), ...(second?.totals.types.keys() ?? [])]);
  for (const type of types) {
    const count = either(first?.totals.types.get(type) ?? NONE, second?.totals.types.get(type) ?? NONE);
    totals.types.set(type, add(totals.types.get(type) ?? NONE, count));
  }
}

export function sizeOf(summary: Summary): number {
  return summary.min.length + summary.totals.types.size;
}

function addNodes(target: Summary, below: Summary, count: Count): void {
  const offset = below.first - target.first;
  for (let at = 0; at < below.min.length; at += 1) {
    const here = { min: below.min[at] ?? 0, max: below.max[at] ?? 0 };
    const { min, max } = multiply(here, count);
    target.min[offset + at] = (target.min[offset + at] ?? 0) + min;
    target.max[offset + at] = (target.max[offset + at] ?? 0) + max;
  }
}

function addTotals(target: Totals, below: Totals, count: Count): void {
  target.work = add(target.work, multiply(below.work, count));
  target.flow = add(target.flow, multiply(below.flow, count));
  for (const [type, each] of below.types) {
    target.types.set(type, add(target.types.get(type) ?? NONE, multiply(each, count)));
  }
}
