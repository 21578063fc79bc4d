/**
 * The reserved keys of the job format: where each may stand, what it accepts, what it means.
 * The validator, its "did you mean" and the JSON Schema for editors are all made from this table.
 */
import type { FlowType } from '../model/task-type.ts';
import type { Accepts } from './accepts.ts';

export interface KeyRule {
  readonly accepts: Accepts;
  readonly required?: true;
  /** Checked, and kept for a later release. */
  readonly planned?: true;
  readonly description: string;
}

export type KeyRules = { readonly [key: string]: KeyRule };

const INHERITED: KeyRules = {
  job_name: { accepts: 'text', description: 'Label of the job, for this task and all below it.' },
  working_directory: {
    accepts: 'text',
    description: 'Directory of the products, relative to the output area, for this task and all below it.',
  },
  retries: {
    accepts: 'retries',
    description:
      'How often a failed attempt is repeated: a number, or one number per exit class; for this task and all below it.',
  },
  retry_delay: {
    accepts: 'seconds',
    description: 'Seconds to wait before an attempt is repeated; twice as long each time. Default 1.',
  },
  timeout: {
    accepts: 'timeout',
    description:
      'Seconds an attempt may run: a number, or {queue, run} for waiting in the queue and running apart.',
  },
  priority: {
    accepts: 'integer',
    description:
      'Tasks of a higher priority go first, in this job and among others; for this task and all below it.',
  },
  pool: { accepts: 'label', planned: true, description: 'Name of the pool whose slots the task needs.' },
};

const TASK_LIST: KeyRule = {
  accepts: 'tasks',
  required: true,
  description: 'The tasks. Their order is no order of execution: each waits for its inputs only.',
};

export const ROOT_KEYS: KeyRules = {
  $schema: { accepts: 'text', description: 'Address of the JSON Schema, for editors.' },
  ...INHERITED,
  parameters: {
    accepts: 'parameters',
    description: 'Name -> default, or {type, default, description}. Read as metadata[name], set with --set.',
  },
  task_list: TASK_LIST,
};

export const TASK_KEYS: KeyRules = {
  task: { accepts: 'label', required: true, description: 'The task type; may be an expression.' },
  name: { accepts: 'label', description: "Label, by which siblings ask for this task's output metadata." },
  inputs: {
    accepts: 'inputs',
    description: 'Semantic name -> file this task reads: a name, a list of names, or a glob.',
  },
  outputs: { accepts: 'outputs', description: 'Semantic name -> file this task writes.' },
  ...INHERITED,
  requires_metadata_from: {
    accepts: 'names',
    description: "Earlier tasks of the same list whose output metadata this task's expressions read.",
  },
};

export const FLOW_KEYS: Record<FlowType, KeyRules> = {
  execution_chain: { task_list: TASK_LIST },
  execution_for_loop: {
    parameter: {
      accepts: 'identifier',
      required: true,
      description:
        'Below the loop, metadata[parameter] is the value and metadata[parameter_index] its index.',
    },
    values: { accepts: 'list', description: 'The values, one chain for each.' },
    linear_range: {
      accepts: 'range',
      description: '[start, end, count], evenly spaced, both ends included.',
    },
    log_range: {
      accepts: 'range',
      description: '[start, end, count], spaced evenly in the logarithm, both ends included.',
    },
    task_list: TASK_LIST,
  },
  execution_conditional: {
    criterion: {
      accepts: 'condition',
      required: true,
      description: 'True runs task_list, false else_task_list.',
    },
    task_list: TASK_LIST,
    else_task_list: { accepts: 'tasks', description: 'The tasks to run when the criterion is false.' },
  },
  execution_do_while_loop: {
    iteration_name: {
      accepts: 'identifier',
      required: true,
      description: 'Below the loop, metadata[iteration_name_index] counts the iterations from 1.',
    },
    requires_metadata_from_child: {
      accepts: 'names',
      description: 'Tasks of the loop whose output metadata the repeat criterion reads.',
    },
    repeat_criterion: {
      accepts: 'condition',
      required: true,
      description: 'Evaluated after each iteration: while true, another follows.',
    },
    task_list: TASK_LIST,
  },
};

/** Keys that mean something in at least one place. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(
  [ROOT_KEYS, TASK_KEYS, ...Object.values(FLOW_KEYS)].flatMap((rules) => Object.keys(rules)),
);

/** The reserved key among `names` that `key` is almost certainly a slip of. */
export function slipOf(key: string, names: readonly string[]): string | undefined {
  const plain = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
  return names.find((name) => {
    if (plain === name || plain === `${name}s` || `${plain}s` === name) return true;
    if (plain.length >= 0.6 * name.length && name.startsWith(plain)) return name.length > 5;
    return name.length > 5 && differByOne(plain, name);
  });
}

/** One letter too many, one missing, one other, or two swapped. */
function differByOne(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  if (restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}
