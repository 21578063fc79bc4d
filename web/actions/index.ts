/** All that can be done. */
import type { Action } from '../action.ts';
import { cancelJob, cancelTask } from './cancel.ts';
import { emptyTheQueue } from './empty-queue.ts';
import { pauses } from './pause.ts';
import { rescheduleAll, rescheduleJob } from './reschedule.ts';
import { retryTask } from './retry.ts';
import { submitJob } from './submit.ts';

export const actions: readonly Action[] = [
  ...[submitJob, cancelJob, cancelTask, retryTask, rescheduleJob, rescheduleAll],
  ...[...pauses, emptyTheQueue],
];
