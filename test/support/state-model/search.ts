/**
 * Breadth first through every world that can be reached. Each is held against the laws; then, from the worlds in which
 * the task has ended, backwards along the steps that are no faults: a world from which none of them can be reached is one
 * in which the task waits for ever.
 */
import { lawBroken, lawBrokenBy } from './laws.ts';
import { Breach } from './rules.ts';
import type { Setting, Step } from './step.ts';
import { stepsOf } from './steps.ts';
import { copy, forget, keyOf, newWorld, type World } from './world.ts';

export interface Found {
  readonly states: number;
  readonly steps: number;
  /** What is broken, and the steps that lead there, if anything is. */
  readonly broken: string | undefined;
}

interface Node {
  readonly world: World;
  readonly from: Node | undefined;
  readonly by: string;
  readonly ended: boolean;
  /** Worlds that lead here without a fault. */
  readonly before: Node[];
}

const ENDED: readonly string[] = ['done', 'failed', 'cancelled'];

export function search(setting: Setting): Found {
  const nodes = new Map<string, Node>();
  const queue: Node[] = [];
  let steps = 0;
  const reach = (world: World, from: Node | undefined, by: string): Node => {
    const key = keyOf(world);
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const node = { world, from, by, ended: ENDED.includes(world.task), before: [] };
    nodes.set(key, node);
    queue.push(node);
    return node;
  };
  const report = (law: string, node: Node | undefined, last?: string): Found => ({
    states: nodes.size,
    steps,
    broken: [`${law}:`, ...wayTo(node), ...(last === undefined ? [] : [last])].join('\n  '),
  });
  reach(newWorld(), undefined, 'a task stands in line');
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at];
    if (node === undefined) break;
    for (const step of stepsOf(node.world, setting)) {
      steps++;
      const { next, broken } = take(node.world, step, setting);
      if (broken !== undefined) return report(broken, node, step.name);
      const there = reach(next, node, step.name);
      if (!step.fault) there.before.push(node);
    }
  }
  const stuck = findStuck(nodes);
  if (stuck !== undefined) return report('the task can never end', stuck);
  return { states: nodes.size, steps, broken: undefined };
}

/** The world after a step, and the law that it breaks, if any. */
export function take(
  world: World,
  step: Step,
  { bounds }: Setting,
): { next: World; broken: string | undefined } {
  const next = copy(world);
  try {
    step.apply(next);
  } catch (error) {
    if (!(error instanceof Breach)) throw error;
    return { next, broken: `a guarded move throws (${error.message})` };
  }
  const broken = lawBrokenBy(world, next, step.name) ?? lawBroken(next, bounds);
  forget(next);
  return { next, broken };
}

function findStuck(nodes: ReadonlyMap<string, Node>): Node | undefined {
  const ending = new Set([...nodes.values()].filter(({ ended }) => ended));
  for (const node of ending) for (const before of node.before) ending.add(before);
  return [...nodes.values()].find((node) => !ending.has(node));
}

function wayTo(node: Node | undefined): string[] {
  const way: string[] = [];
  for (let each = node; each !== undefined; each = each.from) way.unshift(each.by);
  return way;
}
