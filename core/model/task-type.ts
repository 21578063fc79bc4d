/**
 * A task type: one row of the registry (`worker/task-types.yaml`, and more through the `task_types` setting).
 * The registry is data: it says where a type's code is, what a worker must offer to run it, and what its
 * descriptions look like, so that a job file can be checked before anything runs.
 */
import { z } from 'zod';
import { policyKeys } from './policy-keys.ts';
import { type Dict, dict, fromPlain, merge, type Plain } from './values.ts';

const port = z.strictObject({
  required: z.boolean().default(false),
  description: z.string().optional(),
});

const setting = z.strictObject({
  type: z.enum(['number', 'string', 'boolean', 'object', 'list', 'any']).default('any'),
  default: z.json().optional(),
  unit: z.string().optional(),
  description: z.string().optional(),
  /** For `object` settings: the keys it may have. */
  keys: z.record(z.string(), z.json()).optional(),
});

const command = z.union([z.string().min(1), z.array(z.string()).min(1)]);

/** Of one task. */
const resources = z.strictObject({
  /** Cores. */
  cpu: z.number().positive().default(1),
  gpu: z.number().int().min(0).default(0),
  /** 10^9 bytes. */
  memory_gb: z.number().positive().default(1),
});

export type Resources = z.infer<typeof resources>;

const className = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

export const taskTypeSchema = z
  .strictObject({
    description: z.string(),
    /** The class of workers (the container image) that runs this type; queues are kept per class. */
    worker_class: className.default('default'),
    /** A TypeScript or JavaScript module, relative to the registry file. */
    module: z.string().optional(),
    /** Or a program: its argv (no shell). `{inputs.NAME}`, `{outputs.NAME}`, `{settings.NAME}` are filled in. */
    command: command.optional(),
    /** The second step of a `command` type: exit 0 passes, anything else fails with the last line of stderr. */
    quality_control: command.optional(),
    resources: resources.default({ cpu: 1, gpu: 0, memory_gb: 1 }),
    /** Where a task that ran out of memory is tried again, if its `retries` allow, and stays; and what it may take there. */
    after_oom: z.strictObject({ worker_class: className, memory_gb: z.number().positive() }).optional(),
    /** `retries`, `retry_delay` and `timeout` of its tasks, where the job file says nothing. */
    ...policyKeys,
    /** Semantic names. `any: true` accepts names that are not listed. */
    inputs: z.record(z.string(), port).default({}),
    outputs: z.record(z.string(), port).default({}),
    any_inputs: z.boolean().default(false),
    any_outputs: z.boolean().default(false),
    /** The products are one per file of the input area that matches the glob in this setting. */
    outputs_per_file: z.strictObject({ setting: z.string(), suffix: z.string() }).optional(),
    settings: z.record(z.string(), setting).default({}),
    any_settings: z.boolean().default(false),
    /** Output metadata: key -> type. Floats print as Python's floats (`10.0`) in expressions. */
    metadata: z.record(z.string(), z.enum(['float', 'int', 'string', 'boolean'])).default({}),
  })
  .refine((type) => !(type.module !== undefined && type.command !== undefined), {
    message: 'a task type has a module or a command, not both',
  })
  .refine(({ worker_class, after_oom }) => after_oom?.worker_class !== worker_class, {
    path: ['after_oom', 'worker_class'],
    message: 'must be another class than that of the type: a class whose workers have more memory',
  })
  .refine(({ resources: { memory_gb }, after_oom }) => (after_oom?.memory_gb ?? Infinity) > memory_gb, {
    path: ['after_oom', 'memory_gb'],
    message: "must be more than the type's resources.memory_gb",
  });

export type TaskType = z.infer<typeof taskTypeSchema> & { readonly name: string };

/** The settings of a task with the defaults of its type filled in. */
export function withDefaults(type: TaskType, settings: Dict): Dict {
  const defaults = Object.entries(type.settings).flatMap(([name, { default: given }]) =>
    given === undefined ? [] : [[name, fromPlain(given as Plain)] as const],
  );
  return merge(dict(defaults), settings);
}

/** Types that the scheduler itself carries out. */
export const FLOW_TYPES = [
  'execution_chain',
  'execution_for_loop',
  'execution_conditional',
  'execution_do_while_loop',
] as const;

export type FlowType = (typeof FLOW_TYPES)[number];

export function isFlowType(name: string): name is FlowType {
  return (FLOW_TYPES as readonly string[]).includes(name);
}
