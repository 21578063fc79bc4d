/** Cancelling whatever waits for a worker. */
import { z } from 'zod';
import {
  describeEmptied,
  describePlannedEmptying,
  emptyQueue,
  planEmptyQueue,
} from '../../core/actions/empty-queue.ts';
import { textOf } from '../../core/words/line.ts';
import { defineAction } from '../action.ts';
import { id } from '../resource.ts';

export const emptyTheQueue = defineAction({
  path: '/queue/empty',
  summary: 'Cancel all tasks that wait for a worker, of one job or of all',
  verb: 'Empty the queue',
  isDestructive: true,
  input: z.strictObject({ job: id.optional() }),
  fields: [{ name: 'job', kind: 'number', label: 'Only of job', hint: 'Left empty: of all jobs.' }],
  example: {},
  title: () => 'Empty the queue',
  async plan({ database }, { job: jobId }) {
    const planned = await planEmptyQueue({ database }, { jobId });
    return {
      gist: describePlannedEmptying({ jobId }, planned),
      details: ['What runs goes on. "Reschedule unfinished" brings them back.'],
      data: { ...planned },
    };
  },
  async perform({ database }, { job: jobId }, person) {
    const done = await emptyQueue({ database }, { jobId }, person);
    return { gist: textOf(describeEmptied(done)), location: '/queue', data: { ...done } };
  },
});
