/** Who ran what when, and why not. */
import { z } from 'zod';
import { readActivity, readGaps } from '../../core/store/activity.ts';
import { readNow } from '../../core/store/clock.ts';
import { describeGap } from '../../core/words/gaps.ts';
import { attemptState, count, exitClass, instant, list, rowId } from '../answers.ts';
import { defineResource, limit } from '../resource.ts';

const HOUR_MS = 3_600_000;
/** A gap is told when it is wider than this share of the time. */
const GAP_SHARE = 1 / 500;

export const activity = defineResource({
  path: '/activity',
  summary: 'What each worker ran in a time, and what explains the gaps',
  query: z.strictObject({
    from: z.coerce.number().int().min(0).optional().meta({ description: 'default: an hour before `until`' }),
    until: z.coerce.number().int().min(0).optional().meta({ description: 'default: now' }),
    limit: limit(2_000, 10_000),
  }),
  answer: z.object({
    now: instant,
    from: instant,
    until: instant,
    complete_from: instant.meta({ description: 'of what ended earlier not all is there' }),
    cut: z.boolean(),
    workers: list(
      z.object({
        id: rowId,
        host: z.string(),
        pid: count,
        worker_class: z.string().nullable(),
        slots: count,
        started_at: instant,
        ended_at: instant.nullable(),
        last_seen_at: instant,
        state: z.enum(['alive', 'silent', 'stopped']),
      }),
    ),
    bars: list(
      z.object({
        attempt_id: rowId,
        task_id: rowId,
        job_id: rowId,
        type: z.string(),
        number: count,
        state: attemptState,
        exit_class: exitClass.nullable(),
        worker_id: rowId.nullable(),
        started_at: instant.nullable(),
        ended_at: instant.nullable(),
      }),
    ),
    gaps: list(
      z.object({
        ...{ worker_id: rowId, from: instant, until: instant, cause: z.string() },
        is_idle: z.boolean().meta({ description: 'it ran nothing; otherwise some of its slots were free' }),
        words: z.string(),
      }),
    ),
  }),
  example: {},
  view: 'activity',
  title: () => 'Activity',
  async read({ reader, asking: { aliveWithinMs } }, query) {
    const until = query.until ?? (await readNow(reader));
    const wish = { from: query.from ?? until - HOUR_MS, until, limit: query.limit, aliveWithinMs };
    const found = await readActivity(reader, wish);
    const thresholdMs = Math.max(1_000, (until - wish.from) * GAP_SHARE);
    const gaps = await readGaps(reader, found, { ...wish, thresholdMs });
    const { attempts, workers, is_cut, now, complete_from } = found;
    return {
      ...{ now, from: wish.from, until, complete_from, cut: is_cut },
      workers: workers.map(({ version: _version, ...worker }) => worker),
      bars: attempts.map(({ id, node: _node, ...attempt }) => ({ attempt_id: id, ...attempt })),
      gaps: gaps.map((gap) => ({
        ...{ worker_id: gap.worker_id, from: gap.from, until: gap.until, cause: gap.kind },
        ...{ is_idle: gap.is_idle, words: describeGap(gap) },
      })),
    };
  },
  rows: ({ bars }) => bars,
});
