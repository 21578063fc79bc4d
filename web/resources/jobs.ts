/** The jobs, newest first. */
import { z } from 'zod';
import { listJobPage } from '../../core/store/job-list.ts';
import { job, jobState, list, looked, rowId } from '../answers.ts';
import { defineResource, id, limit } from '../resource.ts';

export const jobs = defineResource({
  path: '/jobs',
  summary: 'The jobs, newest first',
  query: z.strictObject({
    state: jobState.optional(),
    text: z.string().max(200).optional().meta({ description: 'part of the name, or the id' }),
    before: id.optional().meta({ description: 'only jobs with smaller ids' }),
    after: id.optional().meta({ description: 'only jobs with greater ids' }),
    limit: limit(50),
  }),
  answer: z.object({
    jobs: list(job),
    older: rowId.nullable().meta({ description: 'what to ask for as `before`; null at the end' }),
    newer: rowId.nullable().meta({ description: 'what to ask for as `after`' }),
    looked,
    stopped: z.boolean().meta({ description: 'the look for the text ended by its bound' }),
  }),
  example: { state: 'running' },
  view: 'jobs',
  regions: ['jobs'],
  title: () => 'Jobs',
  read: ({ reader }, query) => listJobPage(reader, query),
  rows: ({ jobs: found }) =>
    found.map(({ progress, now: _now, ...row }) => ({
      ...row,
      ...{ tasks: progress.total, ended: progress.ended, done: progress.states.done ?? 0 },
      failed: progress.states.failed ?? 0,
    })),
});
