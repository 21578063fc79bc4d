/**
 * A job's definition: the job file as a tree of numbered nodes. A task row stores the number of its node,
 * never a copy of its text, so a loop of a million shares one definition.
 *
 * Numbers are given in preorder: the nodes below node `n` are exactly `n.index + 1 .. n.end - 1`.
 * The bodies of loops and the branches of conditionals are chain nodes of their own.
 * This file takes valid input for granted; `core/job-file` is what checks a file and says where it is wrong.
 */
import { type FlowType, isFlowType } from './task-type.ts';
import { type Dict, dict, isDict } from './values.ts';

export type NodeKind = 'chain' | 'for_loop' | 'conditional' | 'do_while' | 'work';

export interface DefinitionNode {
  readonly index: number;
  readonly end: number;
  readonly parent: number | undefined;
  readonly kind: NodeKind;
  /** Place among the children of its parent, from 0. */
  readonly position: number;
  /** JSON path of the object (or, for bodies and branches, of the list) in the job file. */
  readonly path: string;
  /** The task object without the lists of its children: expressions not yet evaluated. */
  readonly object: Dict;
  readonly children: readonly number[];
}

export interface Definition {
  readonly nodes: readonly DefinitionNode[];
  /** Parameter name -> default. */
  readonly parameters: Dict;
}

const KINDS: Record<FlowType, NodeKind> = {
  execution_chain: 'chain',
  execution_for_loop: 'for_loop',
  execution_conditional: 'conditional',
  execution_do_while_loop: 'do_while',
};

/** Keys that hold children, per kind, in the order of the children's nodes. */
const LISTS: Record<NodeKind, readonly string[]> = {
  chain: ['task_list'],
  for_loop: ['task_list'],
  conditional: ['task_list', 'else_task_list'],
  do_while: ['task_list'],
  work: [],
};

interface Place {
  readonly kind: NodeKind;
  readonly parent?: number;
  readonly position: number;
  readonly path: string;
  /** Where the children's list stands: bodies and branches are the list itself. */
  readonly listPath?: string;
}

export function buildDefinition(root: Dict): Definition {
  const nodes: DefinitionNode[] = [];

  function add(object: Dict, place: Place): number {
    const index = nodes.length;
    const { kind, position, path } = place;
    const own = dict(Object.entries(object).filter(([key]) => !LISTS[kind].includes(key)));
    const children: number[] = [];
    const node = { index, end: index + 1, parent: place.parent, kind, position, path, object: own, children };
    nodes.push(node);
    LISTS[kind].forEach((key, branch) => {
      const list = object[key];
      if (!Array.isArray(list)) return;
      const listPath = place.listPath ?? `${path}.${key}`;
      if (kind === 'chain') {
        for (const [at, each] of list.entries()) {
          const task = isDict(each) ? each : dict();
          children.push(
            add(task, { kind: kindOf(task), parent: index, position: at, path: `${listPath}[${at}]` }),
          );
        }
      } else {
        const body = dict([['task_list', list]]);
        children.push(
          add(body, { kind: 'chain', parent: index, position: branch, path: listPath, listPath }),
        );
      }
    });
    node.end = nodes.length;
    return index;
  }

  add(root, { kind: 'chain', position: 0, path: '$' });
  const declared = root.parameters;
  return { nodes, parameters: isDict(declared) ? parameterDefaults(declared) : dict() };
}

export function kindOf(object: Dict): NodeKind {
  const type = object.task;
  return typeof type === 'string' && isFlowType(type) ? KINDS[type] : 'work';
}

/** `{name: default}` and `{name: {type, default, description}}` both give `{name: default}`. */
function parameterDefaults(declared: Dict): Dict {
  return dict(
    Object.entries(declared).map(([name, value]) => [name, isDict(value) ? (value.default ?? null) : value]),
  );
}

/** Keys that Easel itself reads in a work task; whatever else stands there is a setting of the task's type. */
const TASK_KEYS: ReadonlySet<string> = new Set([
  'task',
  'name',
  'job_name',
  'working_directory',
  'inputs',
  'outputs',
  'requires_metadata_from',
  'requires_metadata_from_child',
  'retries',
  'retry_delay',
  'timeout',
  'priority',
  'pool',
]);

export function settingsOf(object: Dict): Dict {
  return dict(Object.entries(object).filter(([key]) => !TASK_KEYS.has(key)));
}
