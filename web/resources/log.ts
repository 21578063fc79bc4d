/** The log of one attempt of a task: its last lines, or those before or after a line. */
import { z } from 'zod';
import { ENDED } from '../../core/model/states.ts';
import { findAttempt } from '../../core/store/attempt-views.ts';
import { type LineCursor, type LogPage, readLogPage } from '../../core/store/log-views.ts';
import { findTask, refer } from '../../core/store/task-views.ts';
import { count, instant, list, looked, taskRef } from '../answers.ts';
import { defineResource, id, limit } from '../resource.ts';
import { logLevel } from './logs.ts';

/** A line's place as one number, so that it can stand in a URL: chunks hold fewer lines. */
const PER_CHUNK = 1_000_000;

export const log = defineResource({
  path: '/tasks/:task/log',
  summary: 'The log of an attempt, the last unless another is named',
  query: z.strictObject({
    task: id,
    attempt: id.optional().meta({ description: 'number of the attempt' }),
    level: logLevel.optional(),
    text: z.string().max(200).optional(),
    before: id.optional(),
    after: z.coerce.number().int().min(-1).optional().meta({ description: '-1: from the beginning' }),
    limit: limit(500, 5_000),
  }),
  answer: z.object({
    task: taskRef,
    attempt: count.nullable(),
    attempts: count,
    lines: list(z.object({ at: instant, level: logLevel, message: z.string() })),
    older: count.nullable().meta({ description: 'what to ask for as `before`' }),
    after: count.meta({ description: 'what to ask for as `after`, now or later' }),
    at_end: z.boolean(),
    ended: z.boolean().meta({ description: 'nothing will follow' }),
    looked,
  }),
  example: { task: '1' },
  view: 'log',
  title: ({ task: { id: number, label } }) => `Log of task ${number} ${label}`,
  async read({ reader, definitions }, { task: taskId, attempt: number, before, after, ...query }) {
    const task = await findTask(reader, taskId);
    const attempt = await findAttempt(reader, taskId, number);
    const common = {
      task: refer(task, await definitions.get(task.job_id)),
      attempts: task.attempts,
    };
    if (attempt === undefined) {
      const ended = ENDED.includes(task.state);
      return { ...common, attempt: null, lines: [], older: null, after: -1, at_end: true, ended, looked: 0 };
    }
    const places = { before: placeOf(before), after: placeOf(after) };
    const page = await readLogPage(reader, { ...query, ...places, attemptId: attempt.id });
    return { ...common, attempt: attempt.number, ...answerOf(page, after), ended: attempt.ended_at !== null };
  },
  rows: ({ lines }) => lines,
});

function answerOf({ lines, older, newer, at_end, looked: count }: LogPage, asked: number | undefined) {
  return {
    lines: lines.map(({ at, level, message }) => ({ at, level, message })),
    older: numberOf(older),
    after: numberOf(newer) ?? asked ?? -1,
    ...{ at_end, looked: count },
  };
}

const placeOf = (number: number | undefined): LineCursor | undefined =>
  number === undefined || number < 0
    ? number === undefined
      ? undefined
      : { chunk: -1, line: 0 }
    : { chunk: Math.floor(number / PER_CHUNK), line: number % PER_CHUNK };

const numberOf = (place: LineCursor | null): number | null =>
  place === null ? null : Math.max(-1, place.chunk * PER_CHUNK + Math.min(place.line, PER_CHUNK - 1));
