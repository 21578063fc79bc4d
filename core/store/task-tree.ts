/**
 * The tree of a job's tasks for people to look at: so many levels down, so many children of each flow task, and no more
 * than a bounded number in all. What is left out is counted from the rows of the parents, never by reading it.
 */

import type { Database } from '../db/open.ts';
import { type Reader, reading } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import { referChildren } from './child-labels.ts';
import { Definitions } from './definitions.ts';
import { listChildren, refer, type TaskRef, type TaskView } from './task-views.ts';

const MOST_TASKS = 5_000;

export interface TreeOptions {
  /** Levels below the first task. */
  readonly depth: number;
  /** Children of each task. */
  readonly limit: number;
  /** Of the first task, only children at positions after this. */
  readonly after?: number | undefined;
}

export interface TreeNode {
  readonly task: TaskRef;
  readonly position: number;
  readonly bad_children: number;
  readonly attempts: number;
  readonly reason: string | null;
  readonly children: readonly TreeNode[];
  /** Children beyond those shown, those not created yet left out; `after` is the position to go on from. */
  readonly more: { readonly count: number; readonly after: number } | null;
}

export async function readTree(database: Database, root: TaskView, options: TreeOptions): Promise<TreeNode> {
  const definition = await new Definitions(database).get(root.job_id);
  const walker = new Walker(reading(database), definition, options.limit);
  return await walker.visit(root, refer(root, definition), options);
}

class Walker {
  readonly #reader: Reader;
  readonly #definition: Definition;
  readonly #limit: number;
  #left = MOST_TASKS;

  constructor(reader: Reader, definition: Definition, limit: number) {
    this.#reader = reader;
    this.#definition = definition;
    this.#limit = limit;
  }

  async visit(
    task: TaskView,
    ref: TaskRef,
    { depth, after = -1 }: { depth: number; after?: number | undefined },
  ): Promise<TreeNode> {
    const limit = depth > 0 && task.created_children > 0 ? Math.min(this.#limit, this.#left) : 0;
    const rows = limit > 0 ? await listChildren(this.#reader, task.id, { after, limit }) : [];
    this.#left -= rows.length;
    const refs = await referChildren(this.#reader, this.#definition, { parent: task, rows });
    const children: TreeNode[] = [];
    for (const [at, row] of rows.entries()) {
      children.push(await this.visit(row, refs[at] ?? refer(row, this.#definition), { depth: depth - 1 }));
    }
    const last = rows.at(-1)?.position ?? after;
    const count = Math.max(0, task.created_children - last - 1); // positions have no gaps
    const { position, bad_children, attempts, reason } = task;
    return {
      task: ref,
      position,
      bad_children,
      attempts,
      reason,
      children,
      more: count > 0 ? { count, after: last } : null,
    };
  }
}
