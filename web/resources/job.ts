/** One job: how far it is, when it may end, what it was submitted with. */
import { z } from 'zod';
import { readJobDetails } from '../../core/store/job-details.ts';
import { readJobTimeline } from '../../core/store/job-timeline.ts';
import { dict, instant, job as jobAnswer, list, rowId, states } from '../answers.ts';
import { defineResource, id } from '../resource.ts';

export const job = defineResource({
  path: '/jobs/:job',
  summary: 'One job: progress by task type, estimate of the end, parameters',
  query: z.strictObject({ job: id }),
  answer: jobAnswer.extend({
    root_id: rowId.nullable(),
    parameters: dict,
    timeline: list(
      z.object({
        at: instant,
        kind: z.enum(['submitted', 'action', 'failure', 'ended']),
        person: z.string().nullable(),
        words: z.string(),
      }),
    ),
    types: list(z.object({ type: z.string(), states, mean_ms: z.number().nullable() })),
    estimate: z
      .object({
        ends_at: instant,
        fraction: z.number().meta({ description: 'of the task time, 0 to 1' }),
        at_least: z
          .boolean()
          .meta({ description: 'tasks are still being created: it can only become later' }),
      })
      .nullable(),
  }),
  example: { job: '1' },
  view: 'job',
  regions: ['job-progress'],
  title: ({ id: number, name }) => `Job ${number} ${name ?? ''}`.trim(),
  read: async ({ reader }, { job: number }) => ({
    ...(await readJobDetails(reader, number)),
    timeline: await readJobTimeline(reader, number),
  }),
});
