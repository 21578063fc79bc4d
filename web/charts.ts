/** Charts of what goes on, as pictures: they are there without scripts, and follow the colours of the browser. */
import express, { type Router } from 'express';
import { z } from 'zod';
import { drawHistogram } from '../core/plot/histogram-chart.ts';
import { drawQueue } from '../core/plot/queue-chart.ts';
import { drawThroughput } from '../core/plot/throughput-chart.ts';
import { readQueueHistory } from '../core/store/queue-samples.ts';
import { ENDS, readThroughput } from '../core/store/throughput.ts';
import { readTimings } from '../core/store/timings.ts';
import type { WebParts } from './parts.ts';
import { id, readInput } from './resource.ts';
import { requireRole } from './security/roles.ts';
import { sendSvg } from './send-svg.ts';

const HOUR_MS = 3_600_000;
const WIDE = { width: 960, height: 220, theme: 'auto' } as const;
const NARROW = { width: 560, height: 230, theme: 'auto' } as const;

const hours = z.strictObject({
  hours: z.coerce.number().min(1).max(168).default(1),
  /** So that a page asks again each minute. */
  until: z.string().optional(),
});
const timingsQuery = z.strictObject({ type: z.string().max(100), job: id.optional() });

export function charts({ reader }: WebParts): Router {
  const router = express.Router();
  router.use('/charts', requireRole('viewer'));
  router.get('/charts/throughput.svg', async (request, response) => {
    const { hours: span } = readInput(hours, request.query);
    const { now, minutes } = await readThroughput(reader, { sinceMs: span * HOUR_MS });
    const rows = minutes.flatMap(({ minute, ...ended }) =>
      ENDS.map((state) => ({ at: minute, state, tasks: ended[state] })),
    );
    sendSvg(
      response,
      drawThroughput({ title: 'Tasks ended', from: now - span * HOUR_MS, until: now, rows }, WIDE),
    );
  });
  router.get('/charts/queue.svg', async (request, response) => {
    const { hours: span } = readInput(hours, request.query);
    const { now } = await readThroughput(reader, { sinceMs: 0 });
    const since = now - span * HOUR_MS;
    const history = await readQueueHistory(reader, { since, until: now });
    const samples = history.flatMap(({ worker_class, samples: own }) =>
      own.map(({ at, queued, in_line, set_aside }) => ({
        worker_class,
        at,
        depth: queued + in_line + set_aside,
      })),
    );
    sendSvg(response, drawQueue({ title: 'Waiting for workers', from: since, until: now, samples }, WIDE));
  });
  router.get('/charts/timings.svg', async (request, response) => {
    const { type, job: jobId } = readInput(timingsQuery, request.query);
    const [timing] = await readTimings(reader, { type, jobId });
    const wall = timing?.wall_ms;
    const seconds = (ms: number) => ms / 1_000;
    const picture = {
      ...{ title: type, label: 'Wall-clock time (s)', noun: 'attempt' },
      bins: (wall?.bins ?? []).map(({ low, high, attempts }) => ({
        ...{ low: seconds(low), high: seconds(high), count: attempts },
      })),
      quantiles: [
        { label: 'median', value: seconds(wall?.p50 ?? 0) },
        { label: '95 %', value: seconds(wall?.p95 ?? 0) },
      ],
    };
    sendSvg(response, drawHistogram(picture, NARROW));
  });
  return router;
}
