/** What the tasks of a job have published, as a table, and as a map over two of its columns. */
import { z } from 'zod';
import { viewJob } from '../../core/store/job-views.ts';
import { listResultNames, type Pivot, readPivot, readResultsPage } from '../../core/store/result-pages.ts';
import { count, list, looked, rowId } from '../answers.ts';
import { cursor, cursorText } from '../cursors.ts';
import type { WebParts } from '../parts.ts';
import { defineResource, id, limit } from '../resource.ts';

const MOST_CELLS = 10_000;
const name = z.string().max(255);
const datum = z.union([z.number(), z.string(), z.boolean()]);

const query = z.strictObject({
  job: id,
  task: name
    .optional()
    .meta({ description: 'name or type of the tasks; default: the last that has results' }),
  columns: z
    .string()
    .max(4_000)
    .optional()
    .meta({ description: 'names with commas between them; all unless given' }),
  ...{ x: name.optional(), y: name.optional(), value: name.optional() },
  after: cursor('node', 'task_id'),
  limit: limit(100),
});

type Query = z.output<typeof query>;

export const results = defineResource({
  path: '/jobs/:job/results',
  summary: 'What the tasks of a job have published; with x, y and value a map',
  query,
  answer: z.object({
    job: z.object({ id: rowId, name: z.string().nullable() }),
    names: list(
      z.object({
        name: z.string(),
        type: z.string(),
        tasks: count,
        more: z.boolean(),
        has_results: z.boolean(),
      }),
    ),
    task: z.string().nullable(),
    columns: list(z.string()),
    known_columns: list(z.string()),
    rows: list(
      z.object({ task_id: rowId, type: z.string(), values: z.record(z.string(), z.json()).readonly() }),
    ),
    looked,
    next: z.string().nullable(),
    map: z
      .object({
        ...{ x: z.string(), y: z.string(), value: z.string() },
        cells: list(z.object({ x: datum, y: datum, value: datum.optional() })),
        complete: z.boolean(),
      })
      .nullable(),
  }),
  example: { job: '1' },
  view: 'results',
  regions: ['results'],
  title: ({ job }) => `Results of job ${job.id}`,
  async read(parts, asked) {
    const { reader, definitions } = parts;
    const { id: jobId, name: jobName } = await viewJob(reader, asked.job);
    const names = await listResultNames(reader, definitions, jobId);
    const task = asked.task ?? names.findLast(({ has_results }) => has_results)?.name;
    const head = { job: { id: jobId, name: jobName }, names, task: task ?? null };
    if (task === undefined)
      return { ...head, columns: [], known_columns: [], rows: [], looked: 0, next: null, map: null };
    const columns = asked.columns?.split(',').map((each) => each.trim());
    const wish = { jobId, name: task, columns, after: asked.after, limit: asked.limit };
    const { next, ...page } = await readResultsPage(reader, definitions, wish);
    return { ...head, ...page, next: cursorText(next), map: await readMap(parts, task, asked) };
  },
  rows: ({ rows }) =>
    rows.map(({ task_id, values }) => ({
      task_id,
      ...Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
        ]),
      ),
    })),
});

async function readMap({ reader, definitions }: WebParts, task: string, { job, x, y, value }: Query) {
  if (x === undefined || y === undefined || value === undefined) return null;
  const pivot: Pivot = await readPivot(reader, definitions, {
    ...{ jobId: job, name: task, x, y, value },
    limit: MOST_CELLS,
  });
  return { x, y, value, cells: pivot.rows, complete: pivot.next === null };
}
