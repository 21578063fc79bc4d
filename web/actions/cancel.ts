/** Cancelling a job, a task, or all below a flow task. */
import { z } from 'zod';
import { cancel, describeCancel, describePlannedCancel, planCancel } from '../../core/actions/cancel.ts';
import { textOf } from '../../core/words/line.ts';
import { type Action, type Done, defineAction, type Plan } from '../action.ts';
import type { WebParts } from '../parts.ts';
import { id } from '../resource.ts';

type Order = Parameters<typeof cancel>[1];

const MOST_COUNTED = 10_000;

export const cancelJob: Action = defineAction({
  path: '/jobs/:job/cancel',
  summary: 'Cancel a job: what waits at once, what runs is asked to stop, then killed',
  verb: 'Cancel the job',
  isDestructive: true,
  input: z.strictObject({ job: id }),
  example: { job: '1' },
  title: ({ job }) => `Cancel job ${job}`,
  plan: (parts, { job }) => plan(parts, { jobId: job }),
  perform: (parts, { job }, person) => perform(parts, { jobId: job }, { person, location: `/jobs/${job}` }),
});

export const cancelTask: Action = defineAction({
  path: '/tasks/:task/cancel',
  summary: 'Cancel a task, with all below it if it is a flow task',
  verb: 'Cancel the task',
  isDestructive: true,
  input: z.strictObject({ task: id }),
  example: { task: '1' },
  title: ({ task }) => `Cancel task ${task}`,
  plan: (parts, { task }) => plan(parts, { taskId: task }),
  perform: (parts, { task }, person) =>
    perform(parts, { taskId: task }, { person, location: `/tasks/${task}` }),
});

async function plan({ database }: WebParts, order: Order): Promise<Plan> {
  const planned = await planCancel({ database }, order, MOST_COUNTED);
  return {
    gist: describePlannedCancel(planned),
    details: [
      'What runs is asked to stop, then killed; what has finished before stays.',
      'Retry and "Reschedule unfinished" bring it back.',
    ],
    data: { open: planned.open },
  };
}

async function perform(
  { database }: WebParts,
  order: Order,
  { person, location }: { readonly person: string; readonly location: string },
): Promise<Done> {
  const done = await cancel({ database }, order, person);
  const { state, cancelled, asked } = done;
  return { gist: textOf(describeCancel(done)), location, data: { state, cancelled, asked } };
}
