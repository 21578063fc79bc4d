/** What is going on, at a glance. */
import { z } from 'zod';
import { readOverview } from '../../core/store/overview.ts';
import { count, exitClass, instant, job, list, rowId, taskState } from '../answers.ts';
import { defineResource } from '../resource.ts';
import { queueAnswer } from './queue.ts';

const alive = z.object({ alive: count, silent: count });

export const overview = defineResource({
  path: '/',
  summary: 'What is going on: jobs, throughput, queue, workers, failures of the last day',
  query: z.strictObject({}),
  answer: z.object({
    now: instant,
    jobs: z.object({ running: count, newest: list(job) }),
    throughput: z.object({
      now: instant,
      minutes: list(
        z.object({ minute: instant, done: count, failed: count, blocked: count, cancelled: count }),
      ),
      tasks_per_second: z.number(),
    }),
    queue: queueAnswer,
    processes: z.object({ workers: alive, schedulers: alive }),
    failures: z.object({
      count: count.meta({ description: 'of the last 24 hours' }),
      is_more: z.boolean(),
      by_exit_class: z.record(z.string(), count).readonly(),
      newest: list(
        z.object({
          at: instant,
          task_id: rowId,
          job_id: rowId,
          type: z.string(),
          exit_class: exitClass.nullable(),
          error: z.string().nullable(),
        }),
      ),
    }),
    progress: z.object({
      jobs: count.meta({ description: 'jobs that run, or the newest of them' }),
      counts: list(z.object({ type: z.string(), state: taskState, tasks: count })),
    }),
  }),
  example: {},
  view: 'overview',
  regions: ['overview'],
  title: () => 'Overview',
  read: ({ reader, asking }) => readOverview(reader, asking.aliveWithinMs),
});
