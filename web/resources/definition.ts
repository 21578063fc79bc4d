/** The job file as it was submitted. */
import { z } from 'zod';
import { readDefinitionText } from '../../core/store/job-details.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { rowId } from '../answers.ts';
import { defineResource, id } from '../resource.ts';

export const definition = defineResource({
  path: '/jobs/:job/definition',
  summary: 'The job file, as Easel keeps it',
  query: z.strictObject({ job: id }),
  answer: z.object({
    id: rowId,
    name: z.string().nullable(),
    definition: z.string().meta({ description: 'JSON text: comments and the order of keys are gone' }),
  }),
  example: { job: '1' },
  view: 'definition',
  title: ({ id: number }) => `Definition of job ${number}`,
  read: async ({ reader }, { job }) => {
    const { id: number, name } = await viewJob(reader, job);
    return { id: number, name, definition: await readDefinitionText(reader, job) };
  },
});
