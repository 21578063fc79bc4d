/** The task types that the registry knows: what can be written in a job file. */
import { z } from 'zod';
import { defineResource } from '../resource.ts';

export const taskTypes = defineResource({
  path: '/task-types',
  summary: 'The task types of the registry',
  query: z.strictObject({}),
  answer: z.object({
    types: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        worker_class: z.string(),
        implementation: z.enum(['module', 'command', 'built in']),
        resources: z.object({ cpu: z.number(), gpu: z.number(), memory_gb: z.number() }),
        after_oom: z
          .object({ worker_class: z.string(), memory_gb: z.number() })
          .nullable()
          .meta({ description: 'where a task that ran out of memory is tried again' }),
        inputs: z.array(z.string()),
        outputs: z.array(z.string()),
        settings: z.array(z.string()),
        metadata: z.array(z.string()),
      }),
    ),
  }),
  example: {},
  view: 'task-types',
  title: () => 'Task types',
  async read({ installation: { registry } }) {
    const types = [...registry.values()].map((type) => ({
      ...{ name: type.name, description: type.description, worker_class: type.worker_class },
      implementation: implementationOf(type),
      resources: { ...type.resources },
      after_oom: type.after_oom ?? null,
      inputs: Object.keys(type.inputs),
      outputs: Object.keys(type.outputs),
      settings: Object.keys(type.settings),
      metadata: Object.keys(type.metadata),
    }));
    return { types: types.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
  rows: ({ types }) =>
    types.map(({ resources, after_oom, inputs, outputs, settings, metadata, ...type }) => ({
      ...type,
      ...resources,
      after_oom: after_oom === null ? '' : `${after_oom.worker_class} ${after_oom.memory_gb}`,
      inputs: inputs.join(' '),
      outputs: outputs.join(' '),
      settings: settings.join(' '),
      metadata: metadata.join(' '),
    })),
});

function implementationOf({ module, command }: { module?: unknown; command?: unknown }) {
  if (module !== undefined) return 'module' as const;
  return command === undefined ? ('built in' as const) : ('command' as const);
}
