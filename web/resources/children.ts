/** The children of a flow task, by pages: a level of the tree. */
import { z } from 'zod';
import { readChildren } from '../../core/store/children.ts';
import { count, instant, list, looked, taskRef, taskState } from '../answers.ts';
import { defineResource, id, limit } from '../resource.ts';

export const children = defineResource({
  path: '/tasks/:task/children',
  summary: 'The children of a flow task, in their order',
  query: z.strictObject({
    task: id,
    state: taskState.optional(),
    after: id.optional().meta({ description: 'only greater positions' }),
    limit: limit(100),
    level: z.coerce
      .number()
      .int()
      .min(0)
      .max(200)
      .default(0)
      .meta({ description: 'of a fragment: how deep it stands' }),
  }),
  answer: z.object({
    parent: taskRef,
    children: list(
      taskRef.extend({
        type: z.string(),
        position: count,
        open_children: count.meta({ description: 'not yet ended; those not yet created count' }),
        bad_children: count,
        created_children: count,
        attempts: count,
        reason: z.string().nullable(),
        started_at: instant.nullable(),
        ended_at: instant.nullable(),
      }),
    ),
    looked,
    next: count.nullable(),
  }),
  example: { task: '1' },
  view: 'children',
  fragments: ['rows'],
  title: ({ parent }) => `Children of task ${parent.id} ${parent.label}`,
  read: async ({ reader, definitions }, { task, state, after, limit: most }) => {
    const states = state === undefined ? undefined : [state];
    const { children: found, ...rest } = await readChildren(reader, definitions, {
      taskId: task,
      states,
      after,
      limit: most,
    });
    return { children: [...found], ...rest };
  },
  rows: ({ children: found }) => found.map(({ path: _path, ...row }) => row),
});
