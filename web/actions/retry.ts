/** Trying one task again. */
import { z } from 'zod';
import { describePlannedRetry, describeRetry, planRetry, retry } from '../../core/actions/retry.ts';
import { textOf } from '../../core/words/line.ts';
import { defineAction } from '../action.ts';
import { flag, id } from '../resource.ts';

export const retryTask = defineAction({
  path: '/tasks/:task/retry',
  summary: 'Try a task again, with what was blocked or cancelled because of it',
  verb: 'Try again',
  input: z.strictObject({ task: id, with_dependants: flag }),
  fields: [
    {
      name: 'with_dependants',
      kind: 'checkbox',
      label: 'also what is done and was made with its products',
      hint: 'and what was made with those, and so on.',
    },
  ],
  example: { task: '1', with_dependants: false },
  title: ({ task }) => `Try task ${task} again`,
  async plan({ database }, { task, with_dependants }) {
    const planned = await planRetry({ database }, { taskId: task, withDependants: with_dependants });
    return { gist: describePlannedRetry(planned), data: { ...planned } };
  },
  async perform({ database }, { task, with_dependants }, person) {
    const done = await retry({ database }, { taskId: task, withDependants: with_dependants }, person);
    return { gist: textOf(describeRetry(done)), location: `/tasks/${task}`, data: { ...done } };
  },
});
