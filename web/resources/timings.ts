/** What the attempts of each task type took. */
import { z } from 'zod';
import { readTimings } from '../../core/store/timings.ts';
import { count, list } from '../answers.ts';
import { defineResource, id } from '../resource.ts';

const quantiles = ['p5', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] as const;

const distribution = z
  .object({
    attempts: count,
    total: z.number(),
    mean: z.number(),
    ...{ p5: z.number(), p25: z.number(), p50: z.number(), p75: z.number() },
    ...{ p95: z.number(), p99: z.number(), max: z.number() },
    bins: list(z.object({ low: z.number(), high: z.number(), attempts: count })),
  })
  .meta({ description: 'quantiles are told within 9.1 %' });

export const timings = defineResource({
  path: '/timings',
  summary: 'Wall-clock time, CPU time and peak memory of attempts, by task type',
  query: z.strictObject({ job: id.optional(), type: z.string().max(100).optional() }),
  answer: z.object({
    types: list(
      z.object({
        type: z.string(),
        attempts: count,
        wall_ms: distribution,
        cpu_ms: distribution.nullable(),
        peak_memory_bytes: distribution.nullable(),
      }),
    ),
  }),
  example: {},
  view: 'timings',
  title: (_answer, { job }) => (job === undefined ? 'Timings' : `Timings of job ${job}`),
  read: async ({ reader }, { job, type }) => ({ types: await readTimings(reader, { jobId: job, type }) }),
  rows: ({ types }) =>
    types.map(({ type, attempts, ...measures }) => ({
      type,
      attempts,
      ...Object.fromEntries(
        Object.entries(measures).flatMap(([name, measured]) => [
          [`${name}_total`, measured?.total ?? null],
          [`${name}_mean`, measured?.mean ?? null],
          ...quantiles.map((each) => [`${name}_${each}`, measured?.[each] ?? null] as const),
        ]),
      ),
    })),
});
