/** Workers and schedulers: who is there, and what they run. */
import { z } from 'zod';
import { listDoings, listProcesses } from '../../core/store/processes.ts';
import { count, image, instant, list, rowId } from '../answers.ts';
import { defineResource, flag, limit } from '../resource.ts';

const HELD_SHOWN = 5;

export const workers = defineResource({
  path: '/workers',
  summary: 'Workers and schedulers: who is there, and what workers run',
  query: z.strictObject({
    stopped: flag.meta({ description: 'also those that have stopped' }),
    limit: limit(200),
  }),
  answer: z.object({
    processes: list(
      z.object({
        id: rowId,
        role: z.enum(['scheduler', 'worker']),
        state: z.enum(['alive', 'silent', 'stopped']),
        host: z.string(),
        pid: count,
        version: z.string(),
        image,
        worker_class: z.string().nullable(),
        slots: count,
        started_at: instant,
        last_seen_at: instant,
        ended_at: instant.nullable(),
        silent_ms: z.number(),
        running: count.meta({ description: 'attempts that it holds' }),
        first: list(z.object({ task_id: rowId, job_id: rowId, number: count, running_ms: z.number() })),
      }),
    ),
  }),
  example: {},
  view: 'workers',
  regions: ['workers'],
  title: () => 'Workers and schedulers',
  async read({ reader, asking: { aliveWithinMs } }, { stopped, limit: most }) {
    const wish = { aliveWithinMs, stopped, limit: most };
    const schedulers = await listProcesses(reader, { role: 'scheduler', ...wish });
    const found = await listProcesses(reader, { role: 'worker', ...wish });
    const ids = found.filter(({ ended_at }) => ended_at === null).map(({ id }) => id);
    const doings = await listDoings(reader, ids, HELD_SHOWN);
    return {
      processes: [...schedulers, ...found].map((process) => {
        const held = doings.get(process.id);
        const first = (held?.first ?? []).map(({ task_id, job_id, number, running_ms }) => ({
          ...{ task_id, job_id, number, running_ms },
        }));
        const { report: _report, ...row } = process;
        return { ...row, running: held?.count ?? 0, first };
      }),
    };
  },
  rows: ({ processes }) => processes.map(({ first: _first, ...row }) => row),
});
