/** The graph of tasks and products, of a job or of what is below a flow task. */
import { z } from 'zod';
import { readGraph } from '../../core/store/graph-view.ts';
import { findRoot } from '../../core/store/task-views.ts';
import { graphAnswer, looked, taskRef } from '../answers.ts';
import type { WebParts } from '../parts.ts';
import { defineResource, id, limit } from '../resource.ts';

const answer = z.object({
  root: taskRef,
  graph: graphAnswer,
  looked,
  complete: z.boolean(),
});

const common = { answer, view: 'graph', regions: ['graph'] } as const;

export const jobGraph = defineResource({
  ...common,
  path: '/jobs/:job/graph',
  summary: 'The graph of the tasks and products of a job',
  query: z.strictObject({ job: id, limit: limit(1_000, 2_000) }),
  example: { job: '1' },
  title: ({ root }) => `Graph of job ${root.job_id}`,
  read: async (parts, { job, limit: most }) =>
    await read(parts, (await findRoot(parts.reader, job)).id, most),
});

export const taskGraph = defineResource({
  ...common,
  path: '/tasks/:task/graph',
  summary: 'The graph of the tasks and products below a flow task',
  query: z.strictObject({ task: id, limit: limit(1_000, 2_000) }),
  example: { task: '1' },
  title: ({ root }) => `Graph of task ${root.id} ${root.label}`,
  read: async (parts, { task, limit: most }) => await read(parts, task, most),
});

async function read({ reader, definitions }: WebParts, taskId: number, most: number) {
  return await readGraph(reader, definitions, { taskId, limit: most });
}
