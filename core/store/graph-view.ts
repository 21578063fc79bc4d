/**
 * The graph of the work tasks and files below a task. What a loop of many iterations makes is drawn once, as groups: one node for all
 * tasks of one description. Of a subtree of more tasks than are read, wide loops stand for themselves by their first iterations, and flow
 * tasks that were not gone into by themselves; the answer tells.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type Graph, GraphBuilder } from '../graph/graph.ts';
import type { Definition } from '../model/definition.ts';
import type { Definitions } from './definitions.ts';
import { gatherSubtree, type Subtree } from './subtree.ts';
import { findTask, findTasks, refer, type TaskRef, type TaskView } from './task-views.ts';

/** More iterations than this are drawn as groups. */
const FAN = 12;
const MOST_DEPENDENCIES = 5_000;
const MOST_PRODUCTS = 5_000;

export interface GraphView {
  readonly root: TaskRef;
  readonly graph: Graph;
  /** Tasks that were looked at. */
  readonly looked: number;
  /** These are all tasks below the root. */
  readonly complete: boolean;
}

export async function readGraph(
  reader: Reader,
  definitions: Definitions,
  { taskId, limit }: { readonly taskId: number; readonly limit: number },
): Promise<GraphView> {
  const root = await findTask(reader, taskId);
  const definition = await definitions.get(root.job_id);
  const subtree = await gatherSubtree(reader, root, limit);
  const drawing = new Drawing(subtree, definition);
  const ids = [...subtree.tasks.keys()];
  const [needs, products] = [await readNeeds(reader, ids), await readProducts(reader, ids)];
  drawing.addTasks(new Set(needs.map(({ consumer_id }) => consumer_id)));
  drawing.addProducts(products);
  const others = needs.flatMap(({ producer_id }) =>
    producer_id === null || subtree.tasks.has(producer_id) ? [] : [producer_id],
  );
  drawing.addNeeds(needs, await findTasks(reader, others));
  const isCut = needs.length >= MOST_DEPENDENCIES || products.length >= MOST_PRODUCTS;
  const complete = subtree.complete && !isCut;
  return { root: refer(root, definition), graph: drawing.builder.build(), looked: ids.length, complete };
}

interface Need {
  readonly consumer_id: number;
  readonly kind: string;
  readonly address: string | null;
  readonly producer_id: number | null;
  readonly product_id: number | null;
  readonly version_id: number | null;
}

async function readNeeds({ kysely }: Reader, taskIds: readonly number[]): Promise<Need[]> {
  const needs: Need[] = [];
  await forIds(taskIds, async (part) => {
    const room = MOST_DEPENDENCIES - needs.length;
    if (room <= 0) return [];
    const rows = await kysely
      .selectFrom('dependencies')
      .select(['consumer_id', 'kind', 'address', 'producer_id', 'product_id', 'version_id'])
      .where('consumer_id', 'in', part)
      .orderBy('consumer_id')
      .orderBy('ordinal')
      .limit(room)
      .execute();
    needs.push(...rows);
    return [];
  });
  return needs;
}

interface Product {
  readonly id: number;
  readonly task_id: number;
  readonly output: string;
  readonly address: string;
  readonly version_id: number | null;
}

async function readProducts({ kysely }: Reader, taskIds: readonly number[]): Promise<Product[]> {
  const rows = await forIds(taskIds, (part) =>
    kysely
      .selectFrom('products')
      .select(['id', 'task_id', 'output', 'address', 'version_id'])
      .where('task_id', 'in', part)
      .orderBy('id')
      .limit(MOST_PRODUCTS)
      .execute(),
  );
  return rows.slice(0, MOST_PRODUCTS);
}

class Drawing {
  readonly builder = new GraphBuilder();
  readonly #subtree: Subtree;
  readonly #definition: Definition;
  readonly #loops = new Map<number, number | null>();
  readonly #products = new Map<number, string>();
  /** Groups by the node of their tasks: what makes a file that was not looked at. */
  readonly #groups = new Map<number, string>();

  constructor(subtree: Subtree, definition: Definition) {
    this.#subtree = subtree;
    this.#definition = definition;
  }

  /** Work tasks, and of the flow tasks those that wait for something of their own or were not gone into. */
  addTasks(consumers: ReadonlySet<number>): void {
    for (const task of this.#subtree.tasks.values()) {
      const isShut = this.#subtree.shut.has(task.id);
      if (task.kind !== 'work' && !isShut && !consumers.has(task.id)) continue;
      if (task.state === 'not_taken') continue;
      const id = this.#keyOf(task);
      if (this.#loopAround(task) !== null) this.#groups.set(task.node, id);
      const { label } = refer(task, this.#definition);
      const kind = task.kind === 'work' ? 'task' : 'flow';
      const common = { states: { [task.state]: 1 }, count: 1, version_id: null, address: null };
      this.builder.add({
        id,
        kind,
        label,
        detail: this.#detailOf(task, isShut),
        task_id: task.id,
        ...common,
      });
    }
  }

  #detailOf(task: TaskView, isShut: boolean): string {
    const loop = this.#subtree.tasks.get(this.#loopAround(task) ?? -1);
    if (loop !== undefined) {
      const { open_children, bad_children, created_children } = loop;
      const facts = [`${created_children} iterations`];
      if (open_children > 0) facts.push(`${open_children} open`);
      if (bad_children > 0) facts.push(`${bad_children} bad`);
      return facts.join(', ');
    }
    return isShut && task.created_children > 0
      ? `${task.created_children} children, ${task.state}`
      : task.state.replace('_', ' ');
  }

  addProducts(products: readonly Product[]): void {
    for (const { id, task_id, output, address, version_id } of products) {
      const maker = this.#subtree.tasks.get(task_id);
      if (maker === undefined) continue;
      const isOne = this.#loopAround(maker) === null;
      const [from, to] = [this.#keyOf(maker), isOne ? `p${id}` : `p${this.#keyOf(maker)} ${output}`];
      this.#products.set(id, to);
      const label = isOne ? address.slice(address.lastIndexOf('/') + 1) : output;
      const facts = { label, detail: isOne ? output : 'files', states: {}, count: 1 };
      this.builder.add({ id: to, kind: 'product', ...facts, task_id, version_id, address });
      this.builder.link(from, to, 'data');
    }
  }

  /** @param others producers that were not looked at */
  addNeeds(needs: readonly Need[], others: ReadonlyMap<number, TaskView>): void {
    for (const need of needs) {
      const consumer = this.#subtree.tasks.get(need.consumer_id);
      if (consumer === undefined) continue;
      const to = this.#keyOf(consumer);
      if (need.kind === 'metadata' || need.kind === 'order') {
        const from = this.#producerOf(need, others);
        if (from !== undefined) this.builder.link(from, to, need.kind);
      } else if (need.address !== null)
        this.builder.link(this.#fileOf(need, need.address, others), to, 'data');
    }
  }

  #producerOf({ producer_id }: Need, others: ReadonlyMap<number, TaskView>): string | undefined {
    if (producer_id === null) return undefined;
    const task = this.#subtree.tasks.get(producer_id);
    return task === undefined ? this.#groups.get(others.get(producer_id)?.node ?? -1) : this.#keyOf(task);
  }

  /** A file that was made elsewhere stands for itself, unless its maker is of a group that is drawn. */
  #fileOf(need: Need, address: string, others: ReadonlyMap<number, TaskView>): string {
    const known = this.#products.get(need.product_id ?? -1);
    if (known !== undefined) return known;
    const group = this.#producerOf(need, others);
    if (group !== undefined) return group;
    const id = `f${address}`;
    const isProduct = need.product_id !== null;
    if (!this.builder.has(id))
      this.builder.add({
        ...{ id, kind: isProduct ? 'product' : 'file', label: address.slice(address.lastIndexOf('/') + 1) },
        ...{ detail: isProduct ? 'made elsewhere' : 'input area', states: {}, count: 1 },
        ...{ task_id: need.producer_id, version_id: need.version_id, address },
      });
    return id;
  }

  #keyOf(task: TaskView): string {
    const loop = this.#loopAround(task);
    return loop === null ? `t${task.id}` : `g${loop} ${task.node}`;
  }

  /** The outermost loop around the task that has many iterations. */
  #loopAround({ parent_id }: TaskView): number | null {
    if (parent_id === null) return null;
    const known = this.#loops.get(parent_id);
    if (known !== undefined) return known;
    const parent = this.#subtree.tasks.get(parent_id);
    if (parent === undefined) return null;
    const isLoop = parent.kind === 'for_loop' || parent.kind === 'do_while';
    const found = this.#loopAround(parent) ?? (isLoop && parent.created_children > FAN ? parent.id : null);
    this.#loops.set(parent_id, found);
    return found;
  }
}
