/** One task: its state and why, every attempt, what it reads, makes and publishes. */
import { z } from 'zod';
import { readTask } from '../../core/store/task-page.ts';
import { explain } from '../../core/store/why.ts';
import { describeWhy } from '../../core/words/why.ts';
import {
  attemptState,
  count,
  cut,
  dict,
  exitClass,
  image,
  instant,
  list,
  rowId,
  taskRef,
} from '../answers.ts';
import { answerLine, lineAnswer } from '../lines.ts';
import { defineResource, id } from '../resource.ts';

const attempt = z.object({
  id: rowId,
  number: count,
  state: attemptState,
  exit_class: exitClass.nullable(),
  exit_code: count.nullable(),
  exit_signal: z.string().nullable(),
  error: z.string().nullable(),
  seed: count,
  queued_at: instant,
  started_at: instant.nullable(),
  ended_at: instant.nullable(),
  lease_until: instant.nullable(),
  worker_id: rowId.nullable(),
  host: z.string().nullable(),
  image,
  pid: count.nullable(),
  wall_ms: z.number().nullable(),
  cpu_ms: z.number().nullable(),
  peak_memory_bytes: count.nullable(),
});

const input = z.object({
  kind: z.enum(['input', 'file', 'glob', 'order', 'metadata']),
  name: z.string(),
  address: z.string().nullable(),
  producer: taskRef.nullable(),
  version_id: rowId.nullable(),
  size: count.nullable(),
  sha256: z.string().nullable(),
});

const version = z.object({
  id: rowId,
  attempt_id: rowId,
  created_at: instant,
  size: count,
  sha256: z.string(),
  passed: z.boolean(),
  reason: z.string().nullable(),
  metadata: z.json(),
  is_current: z.boolean(),
});

const why = z.object({
  answer: lineAnswer,
  advice: lineAnswer,
  details: list(lineAnswer),
  steps: list(z.object({ skipped: count, sentence: lineAnswer, details: list(lineAnswer) })),
});

export const task = defineResource({
  path: '/tasks/:task',
  summary: 'One task: its state and why, every attempt, what it reads, makes and publishes',
  query: z.strictObject({ task: id }),
  answer: z.object({
    task: taskRef.extend({
      parent_id: rowId.nullable(),
      position: count,
      type: z.string(),
      worker_class: z.string().nullable(),
      rank: count,
      unmet: count,
      open_children: count,
      bad_children: count,
      created_children: count,
      attempts: count,
      cause_id: rowId.nullable().meta({ description: 'the task because of which it ended so' }),
      reason: z.string().nullable(),
    }),
    way: list(taskRef).meta({ description: 'from the root of the job, the task itself last' }),
    why,
    now: instant,
    scope: z.object({ working_directory: z.string(), variables: dict, inherited: dict }),
    description: dict.meta({ description: 'as in the job file, expressions not evaluated' }),
    attempts: cut(attempt),
    inputs: cut(input),
    outputs: cut(
      z.object({ product_id: rowId, output: z.string(), address: z.string(), versions: list(version) }),
    ),
    published: dict.nullable(),
    dependants: cut(taskRef),
  }),
  example: { task: '1' },
  view: 'task',
  regions: ['task-state', 'task-attempts', 'task-files'],
  title: ({ task: { id: number, label } }) => `Task ${number} ${label}`,
  read: async ({ reader, definitions, database, asking }, { task: number }) => {
    const { task: whole, cause: _cause, ...page } = await readTask(reader, definitions, number);
    const { node: _node, ...found } = whole;
    const words = describeWhy(await explain(database, number, asking));
    const steps = words.steps.map(({ skipped, sentence, details }) => ({
      ...{ skipped, sentence: answerLine(sentence), details: details.map(answerLine) },
    }));
    const [answer, advice] = [answerLine(words.answer), answerLine(words.advice)];
    return {
      ...{ task: found, ...page },
      why: { answer, advice, details: words.details.map(answerLine), steps },
    };
  },
});
