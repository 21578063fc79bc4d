/**
 * Which flow tasks may still come to create a task that makes a wanted file: from the root of the job down towards
 * each node of the definition that may make it. In a chain there is one way; in a loop, the first open iteration
 * that is found. Bounded, however many nodes may make the file and however many iterations a loop has.
 */
import { type Producer, producersOf } from '../model/producers.ts';
import { matchesShape } from '../model/shape.ts';
import type { Context } from './asking.ts';
import { findOpenChildren } from './open-children.ts';
import { standsInLine } from './place.ts';
import { findRoot, listChildren, refer, type TaskRef, type TaskView } from './task-views.ts';

const SHOWN = 5;
const MAKERS_LOOKED_AT = 20;
const OPEN = ['waiting', 'ready', 'expanded'] as const;

export class Sources {
  readonly #context: Context;
  readonly #consumer: TaskView;
  readonly #found = new Map<number, Promise<TaskView[]>>();
  #producers: readonly Producer[] | undefined;

  constructor(context: Context, consumer: TaskView) {
    this.#context = context;
    this.#consumer = consumer;
  }

  async of(address: string): Promise<TaskRef[]> {
    const { definition, registry } = this.#context;
    this.#producers ??= producersOf(definition, registry);
    const sources = new Map<number, TaskRef>();
    for (const { node, shape } of this.#producers) {
      if (!matchesShape(address, shape)) continue;
      for (const flow of await this.#toward(node.index)) sources.set(flow.id, refer(flow, definition));
      sources.delete(this.#consumer.id);
      if (sources.size >= SHOWN || this.#found.size >= MAKERS_LOOKED_AT) break;
    }
    return [...sources.values()].slice(0, SHOWN);
  }

  /** Several inputs often come from the same node. */
  #toward(node: number): Promise<TaskView[]> {
    const found = this.#found.get(node) ?? unexpanded(this.#context, this.#consumer.job_id, node);
    this.#found.set(node, found);
    return found;
  }
}

async function unexpanded(context: Context, jobId: number, target: number): Promise<TaskView[]> {
  const found: TaskView[] = [];
  let task: TaskView | undefined = await findRoot(context.reader, jobId);
  while (task !== undefined) {
    if (task.state === 'waiting' || task.state === 'ready') return [...found, task];
    if (task.state !== 'expanded') return found;
    if (task.kind === 'do_while' || (await standsInLine(context.reader, task))) found.push(task);
    const next = await nextBelow(context, task, target);
    // an open loop of which no open iteration was found: somewhere below it
    if (next === undefined && isLoop(task) && !found.includes(task)) found.push(task);
    task = next;
  }
  return found;
}

const isLoop = ({ kind }: TaskView) => kind === 'for_loop' || kind === 'do_while';

async function nextBelow(context: Context, task: TaskView, target: number): Promise<TaskView | undefined> {
  const { nodes } = context.definition;
  if (isLoop(task)) return (await findOpenChildren(context, task, { limit: 1, states: OPEN }))[0];
  const leadsTo = (node: number) => node <= target && target < (nodes[node]?.end ?? 0);
  const towards = (nodes[task.node]?.children ?? []).find(leadsTo);
  const position = nodes[towards ?? -1]?.position;
  if (position === undefined) return undefined;
  const [child] = await listChildren(context.reader, task.id, { after: position - 1, limit: 1 });
  return child !== undefined && leadsTo(child.node) && OPEN.some((state) => state === child.state)
    ? child
    : undefined;
}
