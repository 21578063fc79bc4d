/** What waits where: the queue and the line before it, per worker class. */
import { z } from 'zod';
import { viewQueue } from '../../core/store/queue-view.ts';
import { count, instant, list } from '../answers.ts';
import { defineResource } from '../resource.ts';

export const queueAnswer = z.object({
  classes: list(
    z.object({
      worker_class: z.string(),
      queued: count,
      oldest_ms: z.number().nullable(),
      ...{ in_line: count, set_aside: count, running: count, workers: count, slots: count },
    }),
  ),
  counted_to: count.nullable().meta({
    description: 'tasks in line or set aside are counted so far: there may be more; null: all were',
  }),
  to_expand: count,
  schedulers: count,
  pauses: list(
    z.object({
      scope: z.enum(['all', 'job', 'type']),
      name: z.string(),
      since: instant,
      person: z.string(),
    }),
  ),
});

export const queue = defineResource({
  path: '/queue',
  summary: 'What waits for workers, by worker class',
  query: z.strictObject({}),
  answer: queueAnswer,
  example: {},
  view: 'queue',
  regions: ['queue'],
  title: () => 'Queue',
  read: ({ reader, asking }) => viewQueue(reader, asking.aliveWithinMs),
  rows: ({ classes }) => classes,
});
