/**
 * Finds tasks that wait for themselves, as far as names and addresses are known.
 *
 * Each task has two points, its start and its end. A task starts after its parent has started, after the producers of
 * its inputs have ended, and after the siblings whose metadata it requires have ended; it ends after it has started
 * and after its children have ended. A cycle among these points is a job that never ends.
 */
import { globPrefix, globToRegExp } from '../model/glob.ts';
import { matchesShape } from '../model/shape.ts';
import type { Check } from './check.ts';
import type { Required } from './check-names.ts';
import type { DeclaredFile, Files } from './files.ts';
import { quote, renderPath } from './problem.ts';
import { labelOf, type TaskNode } from './task-tree.ts';

const MAX_CYCLES = 20;

/** A point of a task's life. `waits` are the points that come before it. */
interface Point {
  readonly node: TaskNode;
  readonly waits: Point[];
  state: 'new' | 'open' | 'closed';
}

interface Points {
  readonly start: Point;
  readonly end: Point;
}

export function checkCycles(files: Files, required: readonly Required[], check: Check): void {
  const points = buildPoints(required);
  linkFiles(files, points, check);
  let found = 0;
  for (const { start } of points.values()) {
    const cycle = found < MAX_CYCLES ? findCycle(start) : undefined;
    const [first] = cycle ?? [];
    if (cycle === undefined || first === undefined) continue;
    found += 1;
    const names = [...cycle, first].map((node) => `${labelOf(node)} (${renderPath(node.path)})`);
    const message =
      cycle.length === 1
        ? `the task ${quote(labelOf(first))} waits for itself`
        : `tasks wait for one another in a circle: ${names.join(' -> ')}`;
    check.findings.error({ path: first.path, message });
  }
}

function buildPoints(required: readonly Required[]): Map<TaskNode, Points> {
  const points = new Map<TaskNode, Points>();
  for (const { node } of required) {
    const start: Point = { node, waits: [], state: 'new' };
    const end: Point = { node, waits: [start], state: 'new' };
    points.set(node, { start, end });
    const parent = node.parent && points.get(node.parent);
    if (parent === undefined) continue;
    start.waits.push(parent.start);
    parent.end.waits.push(end);
  }
  for (const { node, needs } of required) {
    for (const need of needs) link(points, node, need);
  }
  return points;
}

function link(points: Map<TaskNode, Points>, waiter: TaskNode, producer: TaskNode): void {
  const before = points.get(producer);
  if (before !== undefined) points.get(waiter)?.start.waits.push(before.end);
}

/** Only inputs with one possible producer are linked: with two, the other may be the one that is meant. */
function linkFiles(files: Files, points: Map<TaskNode, Points>, check: Check): void {
  const producers = new Map<string, DeclaredFile[]>();
  for (const file of files.outputs) {
    if (file.address === undefined) continue;
    const same = producers.get(file.address);
    if (same === undefined) producers.set(file.address, [file]);
    else same.push(file);
  }
  const open = [...files.outputs.map((file) => file.shape), ...files.others].filter((shape) =>
    shape.includes(null),
  );
  const sorted = [...producers.keys()].sort();
  for (const input of files.inputs) {
    if (input.glob !== undefined) linkGlob(input, { sorted, producers, points, check });
    const { address } = input;
    const [producer, second] = producers.get(address ?? '') ?? [];
    if (address === undefined || producer === undefined || second !== undefined) continue;
    if (!check.budget.spend(open.length) || open.some((shape) => matchesShape(address, shape))) continue;
    link(points, input.node, producer.node);
  }
}

interface Producers {
  readonly sorted: readonly string[];
  readonly producers: ReadonlyMap<string, readonly DeclaredFile[]>;
  readonly points: Map<TaskNode, Points>;
  readonly check: Check;
}

/** A glob waits for every file that fits, so one that fits the task's own output waits for ever. */
function linkGlob(input: DeclaredFile, { sorted, producers, points, check }: Producers): void {
  const glob = input.glob ?? '';
  const prefix = globPrefix(glob);
  const pattern = globToRegExp(glob);
  for (let at = lowerBound(sorted, prefix); at < sorted.length; at += 1) {
    const address = sorted[at] ?? '';
    if (!address.startsWith(prefix) || !check.budget.spend(1)) return;
    if (!pattern.test(address)) continue;
    for (const { node } of producers.get(address) ?? []) link(points, input.node, node);
  }
}

function lowerBound(sorted: readonly string[], prefix: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Depth first, without recursion: chains of producers can be as long as the file. */
function findCycle(from: Point): TaskNode[] | undefined {
  if (from.state !== 'new') return undefined;
  const stack: { point: Point; next: number }[] = [{ point: from, next: 0 }];
  from.state = 'open';
  let cycle: TaskNode[] | undefined;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const before = top.point.waits[top.next];
    top.next += 1;
    if (before === undefined) {
      top.point.state = 'closed';
      stack.pop();
    } else if (before.state === 'new') {
      before.state = 'open';
      stack.push({ point: before, next: 0 });
    } else if (before.state === 'open') {
      cycle ??= nodesOf(
        stack.map(({ point }) => point),
        before,
      );
    }
  }
  return cycle;
}

/** The tasks from `back` on, each once in a row, and turned round: waiting points to what comes before. */
function nodesOf(stack: readonly Point[], back: Point): TaskNode[] {
  const nodes = stack.slice(stack.indexOf(back)).map((point) => point.node);
  const distinct = nodes.filter((node, index) => node !== nodes[index - 1]);
  const closes = distinct.length > 1 && distinct[0] === distinct.at(-1);
  const [first, ...others] = closes ? distinct.slice(0, -1) : distinct;
  return first === undefined ? [] : [first, ...others.reverse()];
}
