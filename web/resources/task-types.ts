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
      inputs: Object.keys(type.inputs),
      outputs: Object.keys(type.outputs),
      settings: Object.keys(type.settings),
      metadata: Object.keys(type.metadata),
    }));
    return { types: types.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
  rows: ({ types }) =>
    types.map(({ resources, inputs, outputs, settings, metadata, ...type }) => ({
      ...type,
      ...resources,
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
