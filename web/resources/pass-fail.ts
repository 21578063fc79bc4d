/** Which products failed quality control, and why. */
import { z } from 'zod';
import { readPassFail } from '../../core/store/pass-fail.ts';
import { count, instant, list, looked, rowId } from '../answers.ts';
import { defineResource, id } from '../resource.ts';

export const passFail = defineResource({
  path: '/pass-fail',
  summary: 'Products that passed or failed quality control, by job, task type and output',
  query: z.strictObject({ job: id.optional() }),
  answer: z.object({
    rows: list(
      z.object({
        job_id: rowId,
        type: z.string(),
        output: z.string(),
        passed: count.meta({ description: 'tasks that are done' }),
        failed: count.meta({ description: 'tasks that failed for good, for whatever reason' }),
        refused: count.meta({ description: 'versions that were refused, retries included' }),
        reasons: list(z.object({ reason: z.string(), versions: count })),
        samples: list(
          z.object({
            version_id: rowId,
            task_id: rowId,
            address: z.string(),
            created_at: instant,
            reason: z.string(),
          }),
        ),
      }),
    ),
    looked,
    complete: z.boolean().meta({ description: 'no older failure was left out' }),
  }),
  example: { job: '1' },
  view: 'pass-fail',
  title: (_answer, { job }) => (job === undefined ? 'Pass/fail' : `Pass/fail of job ${job}`),
  read: ({ reader, definitions }, { job: jobId }) => readPassFail(reader, definitions, { jobId }),
  rows: ({ rows }) =>
    rows.map(({ reasons, samples: _samples, ...row }) => ({
      ...row,
      reasons: reasons.map(({ reason, versions }) => `${versions} x ${reason}`).join('; '),
    })),
});
