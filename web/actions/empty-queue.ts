/** Cancelling whatever waits for a worker. */
import { z } from 'zod';
import { emptyQueue, planEmptyQueue } from '../../core/actions/empty-queue.ts';
import { plural } from '../../core/words/format.ts';
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
    const { waiting } = await planEmptyQueue({ database }, { jobId });
    const where = jobId === undefined ? '' : ` of job ${jobId}`;
    return {
      gist: `${plural(waiting, 'task')}${where} wait for a worker and would be cancelled.`,
      details: ['What runs goes on. "Reschedule unfinished" brings them back.'],
      data: { waiting },
    };
  },
  async perform({ database }, { job: jobId }, person) {
    const { cancelled } = await emptyQueue({ database }, { jobId }, person);
    return { gist: `${plural(cancelled, 'task')} cancelled.`, location: '/queue', data: { cancelled } };
  },
});
