/** Shapes that several answers have. */
import { z } from 'zod';
import { ATTEMPT_STATES, ENDED, EXIT_CLASSES, JOB_STATES, TASK_STATES } from '../core/model/states.ts';

export const instant = z.number().int().meta({ description: 'milliseconds since 1970, UTC' });
export const count = z.number().int();
export const rowId = z.number().int();

export const jobState = z.enum(JOB_STATES);
export const taskState = z.enum(TASK_STATES);
export const attemptState = z.enum(ATTEMPT_STATES);
export const exitClass = z.enum(EXIT_CLASSES);

export const image = z.string().nullable().meta({ description: 'the container image, name@sha256:...' });

/** Metadata, parameters: whatever the job file and its tasks put there. */
export const dict = z.record(z.string(), z.json()).readonly();

export const states = z.partialRecord(taskState, count).readonly();

export const job = z.object({
  id: rowId,
  name: z.string().nullable(),
  state: jobState,
  priority: count,
  paused: z.boolean(),
  pending_flows: count.meta({
    description: 'flow tasks that may still create tasks: until 0, the counts grow',
  }),
  submitted_at: instant,
  submitted_by: z.string().nullable(),
  ended_at: instant.nullable(),
  now: instant,
  progress: z.object({
    total: count,
    ended: count.meta({ description: `tasks that are ${ENDED.join(', ')}` }),
    states,
  }),
});

export const taskRef = z.object({
  id: rowId,
  job_id: rowId,
  label: z.string(),
  kind: z.enum(['chain', 'for_loop', 'conditional', 'do_while', 'work']),
  state: taskState,
  path: z.string().meta({ description: 'JSON path of its description in the job file' }),
});

export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** A list that may have been cut: `cut` says that there is more. */
export const cut = <Item extends z.ZodType>(item: Item) => z.object({ items: list(item), cut: z.boolean() });

/** How many rows were looked at to find what was asked for. */
export const looked = count.meta({ description: 'rows that were looked at' });

/** Tasks and files, and how data go between them. */
export const graphAnswer = z.object({
  nodes: list(
    z.object({
      id: z.string(),
      kind: z.enum(['task', 'flow', 'product', 'file']),
      label: z.string(),
      detail: z.string(),
      states,
      count: count.meta({ description: 'tasks or files that it stands for' }),
      task_id: rowId.nullable(),
      version_id: rowId.nullable(),
      address: z.string().nullable(),
    }),
  ),
  edges: list(z.object({ from: z.string(), to: z.string(), kind: z.enum(['data', 'metadata', 'order']) })),
});
