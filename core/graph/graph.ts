/**
 * A graph of tasks and of the files that they make and read, as it is to be drawn. Files stand between the tasks; an edge goes the way
 * that the data go. One node may stand for many tasks of one description.
 */
import type { TaskState } from '../model/states.ts';

export type GraphNodeKind = 'task' | 'flow' | 'product' | 'file';

export interface GraphNode {
  readonly id: string;
  readonly kind: GraphNodeKind;
  readonly label: string;
  /** Below the label, and in words for those who hover or do not see. */
  readonly detail: string;
  /** Of what it stands for: how many are in which state. Empty of files. */
  readonly states: Readonly<Partial<Record<TaskState, number>>>;
  /** Tasks or files that it stands for, of those that were looked at. */
  readonly count: number;
  /** What a link leads to: the task, or the first of them. */
  readonly task_id: number | null;
  readonly version_id: number | null;
  readonly address: string | null;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `data`: a file is made or read; `metadata`, `order`: a task waits for another. */
  readonly kind: 'data' | 'metadata' | 'order';
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export class GraphBuilder {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #edges = new Map<string, GraphEdge>();

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** A node that is there already grows by what the new one stands for. */
  add(node: GraphNode): void {
    const known = this.#nodes.get(node.id);
    if (known === undefined) {
      this.#nodes.set(node.id, node);
      return;
    }
    const states: Partial<Record<TaskState, number>> = { ...known.states };
    for (const [state, count] of Object.entries(node.states) as [TaskState, number][])
      states[state] = (states[state] ?? 0) + count;
    this.#nodes.set(node.id, { ...known, states, count: known.count + node.count });
  }

  link(from: string, to: string, kind: GraphEdge['kind']): void {
    if (from !== to) this.#edges.set(`${kind} ${from} ${to}`, { from, to, kind });
  }

  /** Edges to what was never added are left out. */
  build(): Graph {
    const edges = [...this.#edges.values()].filter(({ from, to }) => this.has(from) && this.has(to));
    return { nodes: [...this.#nodes.values()], edges };
  }
}
