/** The newest log lines, of the installation or of a job. */
import { z } from 'zod';
import { LOG_LEVELS } from '../../core/model/log-lines.ts';
import { readNewestLines } from '../../core/store/newest-lines.ts';
import { count, instant, list, looked, rowId } from '../answers.ts';
import { cursor, cursorText } from '../cursors.ts';
import { defineResource, id, limit } from '../resource.ts';

export const logLevel = z.enum(LOG_LEVELS);

export const logs = defineResource({
  path: '/logs',
  summary: 'The newest log lines of all tasks, or of those of a job',
  query: z.strictObject({
    job: id.optional(),
    level: logLevel.optional().meta({ description: 'this level and above' }),
    text: z.string().max(200).optional(),
    before: cursor('at', 'attempt_id', 'number'),
    limit: limit(200),
  }),
  answer: z.object({
    lines: list(
      z.object({
        at: instant,
        level: logLevel,
        message: z.string(),
        ...{ job_id: rowId, task_id: rowId, attempt: count, type: z.string() },
      }),
    ),
    looked: looked.meta({ description: 'chunks of lines that were looked at' }),
    next: z.string().nullable(),
  }),
  example: { level: 'warning' },
  view: 'logs',
  regions: ['logs'],
  title: (_answer, { job }) => (job === undefined ? 'Logs' : `Logs of job ${job}`),
  async read({ reader }, { job: jobId, ...query }) {
    const { lines, next, looked: chunks } = await readNewestLines(reader, { jobId, ...query });
    const shown = lines.map(({ at, level, message, job_id, task_id, attempt, type }) => ({
      ...{ at, level, message, job_id, task_id, attempt, type },
    }));
    return { lines: shown, looked: chunks, next: cursorText(next) };
  },
  rows: ({ lines }) => lines,
});
