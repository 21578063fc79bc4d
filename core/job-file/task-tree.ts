/**
 * The tasks of a file as a tree, with what the checks ask of each: its list, its place, and what is known of its
 * type, name and working directory before anything is evaluated. Lists that are too long or too deep are
 * refused here and not entered.
 */
import { normaliseDirectory } from '../model/address.ts';
import type { NodeKind } from '../model/definition.ts';
import { kindOf } from '../model/definition.ts';
import { EaselError } from '../model/errors.ts';
import { literalOf, type Shape } from '../model/shape.ts';
import { type Dict, isDict, type Value } from '../model/values.ts';
import { describeValue } from './accepts.ts';
import type { Check } from './check.ts';
import type { Path } from './problem.ts';

export interface TaskNode {
  readonly path: Path;
  readonly object: Dict;
  readonly kind: NodeKind;
  readonly type: Shape;
  readonly name: Shape | undefined;
  readonly directory: Shape;
  readonly parent: TaskNode | undefined;
  /** The list of the parent that holds the task. */
  readonly list: TaskList;
  /** Place in that list. */
  readonly position: number;
  /** Task lists, then the else branch. */
  readonly lists: TaskList[];
}

export interface TaskList {
  readonly path: Path;
  readonly key: string;
  /** In order; what was no object is left out. */
  readonly tasks: TaskNode[];
}

export interface TaskTree {
  /** Every task, parents before children. */
  readonly tasks: readonly TaskNode[];
  /** Every list, the root's first. */
  readonly lists: readonly TaskList[];
}

interface Place {
  readonly path: Path;
  readonly key: string;
  readonly parent: TaskNode | undefined;
  readonly directory: Shape;
  readonly depth: number;
}

export function buildTaskTree(root: Dict, check: Check): TaskTree {
  const tasks: TaskNode[] = [];
  const lists: TaskList[] = [];
  const { findings, limits } = check;

  function addList(value: Value | undefined, place: Place): TaskList | undefined {
    if (!Array.isArray(value)) return undefined;
    const list: TaskList = { path: place.path, key: place.key, tasks: [] };
    lists.push(list);
    const refused = refusal(value.length, place.depth);
    if (refused !== undefined) findings.error({ path: place.path, message: refused });
    else for (const [position, each] of value.entries()) addTask(each, { ...place, list, position });
    return list;
  }

  function refusal(length: number, depth: number): string | undefined {
    const { max_list, max_depth, max_tasks } = limits;
    if (depth > max_depth) return `task lists nest deeper than max_depth (${max_depth}) allows`;
    if (length > max_list) return `${length} tasks in one list are more than max_list (${max_list}) allows`;
    if (tasks.length + length > max_tasks)
      return `the file has more tasks than max_tasks (${max_tasks}) allows`;
    return undefined;
  }

  function addTask(object: Value, place: Place & { list: TaskList; position: number }): void {
    const path = [...place.path, place.position];
    if (!isDict(object)) {
      findings.error({ path, message: `expected a task (an object), found ${describeValue(object)}` });
      return;
    }
    const node: TaskNode = {
      path,
      object,
      kind: kindOf(object),
      type: shapeOfKey(object, 'task', check) ?? [null],
      name: shapeOfKey(object, 'name', check),
      directory: directoryOf(object, { path, inherited: place.directory, check }),
      parent: place.parent,
      list: place.list,
      position: place.list.tasks.length,
      lists: [],
    };
    place.list.tasks.push(node);
    tasks.push(node);
    if (node.kind === 'work') return;
    for (const key of node.kind === 'conditional' ? ['task_list', 'else_task_list'] : ['task_list']) {
      const inner = {
        path: [...path, key],
        key,
        parent: node,
        directory: node.directory,
        depth: place.depth + 1,
      };
      const list = addList(object[key], inner);
      if (list !== undefined) node.lists.push(list);
    }
  }

  const directory = directoryOf(root, { path: [], inherited: [''], check });
  addList(root.task_list, { path: ['task_list'], key: 'task_list', parent: undefined, directory, depth: 1 });
  return { tasks, lists };
}

/** `"merge" ($.task_list[0])`: how messages name a task. */
export function labelOf(node: TaskNode): string {
  const name = node.name === undefined ? undefined : literalOf(node.name);
  return name ?? literalOf(node.type) ?? 'task';
}

function shapeOfKey(object: Dict, key: string, { expressions }: Check): Shape | undefined {
  const text = object[key];
  return typeof text === 'string' ? expressions.of(text).shape : undefined;
}

function directoryOf(object: Dict, at: { path: Path; inherited: Shape; check: Check }): Shape {
  const own = shapeOfKey(object, 'working_directory', at.check);
  if (own === undefined) return at.inherited;
  const literal = literalOf(own);
  if (literal === undefined) return own;
  try {
    return [normaliseDirectory(literal)];
  } catch (error) {
    if (!(error instanceof EaselError)) throw error;
    at.check.findings.error({ path: [...at.path, 'working_directory'], message: error.message });
    return [null];
  }
}
