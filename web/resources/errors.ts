/** Attempts that failed, newest first, and the most frequent of them. */
import { z } from 'zod';
import { groupFailures } from '../../core/store/failure-groups.ts';
import { listNewestFailures, listUntriedFailures } from '../../core/store/failure-list.ts';
import { count, exitClass, image, instant, list, looked, rowId, taskRef } from '../answers.ts';
import { cursor, cursorText } from '../cursors.ts';
import { defineResource, id, limit } from '../resource.ts';

const GROUPS_SHOWN = 20;
const UNTRIED_SHOWN = 50;

export const errors = defineResource({
  path: '/errors',
  summary: 'Failures, newest first, and the most frequent among the newest',
  query: z.strictObject({
    job: id.optional(),
    type: z.string().max(100).optional(),
    exit_class: exitClass.optional(),
    before: cursor('at', 'attempt_id'),
    limit: limit(50),
  }),
  answer: z.object({
    failures: list(
      z.object({
        task: taskRef,
        type: z.string(),
        attempt_id: rowId,
        attempt: count,
        at: instant,
        exit_class: exitClass.nullable(),
        exit_code: count.nullable(),
        exit_signal: z.string().nullable(),
        host: z.string().nullable(),
        image,
        error: z.string(),
      }),
    ),
    looked,
    next: z.string().nullable(),
    untried: list(z.object({ task: taskRef, type: z.string(), error: z.string() })).meta({
      description: 'of a job: tasks that failed without an attempt',
    }),
    groups: list(
      z.object({
        type: z.string(),
        exit_class: exitClass.nullable(),
        pattern: z.string(),
        failures: count,
        newest_at: instant,
        oldest_at: instant,
        sample: z.object({ job_id: rowId, task_id: rowId, attempt_id: rowId, line: z.string() }),
      }),
    ),
  }),
  example: { exit_class: 'error' },
  view: 'errors',
  regions: ['errors'],
  title: (_answer, { job }) => (job === undefined ? 'Errors' : `Errors of job ${job}`),
  async read(
    { reader, definitions },
    { job: jobId, type, exit_class: exitClassWanted, before, limit: most },
  ) {
    const query = { jobId, type, exitClass: exitClassWanted, before, limit: most };
    const { next, ...page } = await listNewestFailures(reader, definitions, query);
    const isFirst = before === undefined;
    const untried =
      jobId === undefined || !isFirst
        ? []
        : (await listUntriedFailures(reader, definitions, { jobId, limit: UNTRIED_SHOWN })).failures;
    const groups = isFirst ? (await groupFailures(reader, { jobId, limit: GROUPS_SHOWN })).groups : [];
    return { ...page, next: cursorText(next), untried, groups };
  },
  rows: ({ failures }) =>
    failures.map(({ task, ...row }) => ({ job_id: task.job_id, task_id: task.id, task: task.label, ...row })),
});
