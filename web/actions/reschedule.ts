/** Another chance for what failed, was blocked, lost or cancelled, of one job or of all. */
import { z } from 'zod';
import {
  describePlannedReschedule,
  describeRescheduled,
  planReschedule,
  rescheduleUnfinished,
} from '../../core/actions/reschedule-unfinished.ts';
import { textOf } from '../../core/words/line.ts';
import { type Action, type Done, defineAction, type Plan } from '../action.ts';
import type { WebParts } from '../parts.ts';
import { id } from '../resource.ts';

export const rescheduleJob: Action = defineAction({
  path: '/jobs/:job/reschedule-unfinished',
  summary: 'Try again what failed, was blocked, lost or cancelled, of one job',
  verb: 'Reschedule',
  input: z.strictObject({ job: id }),
  example: { job: '1' },
  title: ({ job }) => `Reschedule what is unfinished of job ${job}`,
  plan: (parts, { job }) => plan(parts, job),
  perform: (parts, { job }, person) => perform(parts, job, { person, location: `/jobs/${job}` }),
});

export const rescheduleAll: Action = defineAction({
  path: '/jobs/reschedule-unfinished',
  summary: 'Try again what failed, was blocked, lost or cancelled, of all jobs',
  verb: 'Reschedule',
  input: z.strictObject({}),
  example: {},
  title: () => 'Reschedule what is unfinished of all jobs',
  plan: (parts) => plan(parts, undefined),
  perform: (parts, _input, person) => perform(parts, undefined, { person, location: '/jobs' }),
});

async function plan({ database }: WebParts, jobId: number | undefined): Promise<Plan> {
  const planned = await planReschedule({ database }, { jobId });
  const { jobs, ...reopened } = planned;
  return {
    gist: describePlannedReschedule(planned),
    details: ['What is queued, running or done is not touched.'],
    data: { jobs: jobs.length, ...reopened },
    isIdle: Object.values(reopened).every((tasks) => tasks === 0),
  };
}

async function perform(
  { database }: WebParts,
  jobId: number | undefined,
  { person, location }: { readonly person: string; readonly location: string },
): Promise<Done> {
  const done = await rescheduleUnfinished({ database }, { jobId }, person);
  const { jobs, ...reopened } = done;
  return { gist: textOf(describeRescheduled(done)), location, data: { jobs: jobs.length, ...reopened } };
}
