/**
 * `/metrics`, for Prometheus: names and units by its conventions, in the text format 0.0.4. Everything is read from the database when it
 * is asked for, so any dashboard of the installation tells the same; what processes have counted comes with their sign of life.
 * A client library keeps numbers of its own process, and could not tell histograms that are counted elsewhere.
 */
import express, { type Router } from 'express';
import { easelVersion } from '../core/runtime/package.ts';
import type { Report } from '../core/runtime/tally.ts';
import { readOverview } from '../core/store/overview.ts';
import { listProcesses } from '../core/store/processes.ts';
import { readTimings, type Timing } from '../core/store/timings.ts';
import { type Family, type Labels, metricsText, type Sample } from './exposition.ts';
import type { Live } from './live.ts';
import type { WebParts } from './parts.ts';
import { requireRole } from './security/roles.ts';

const PROCESSES = 1_000;

export function metrics(parts: WebParts, live: Live): Router {
  const router = express.Router();
  router.get('/metrics', requireRole('viewer'), async (_request, response) => {
    const families = [
      ...(await stateFamilies(parts)),
      ...(await processFamilies(parts)),
      durations(await readTimings(parts.reader)),
      gauge('easel_web_streams', 'Browsers that listen to news of a page.', [{ value: live.readers }]),
    ];
    response.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(families));
  });
  return router;
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, type: 'gauge', samples },
});

async function stateFamilies({ reader, asking }: WebParts): Promise<Family[]> {
  const { jobs, queue, progress, failures } = await readOverview(reader, asking.aliveWithinMs);
  const perClass = (value: (each: (typeof queue.classes)[number]) => number | null): Sample[] =>
    queue.classes.flatMap((each) => {
      const number = value(each);
      return number === null ? [] : [{ labels: { worker_class: each.worker_class }, value: number }];
    });
  return [
    gauge('easel_build_info', 'The version that answers.', [
      { labels: { version: easelVersion() }, value: 1 },
    ]),
    gauge('easel_jobs_running', 'Jobs that have not ended.', [{ value: jobs.running }]),
    gauge(
      'easel_tasks',
      'Work tasks of running jobs, by type and state.',
      progress.counts.map(({ type, state, tasks }) => ({ labels: { type, state }, value: tasks })),
    ),
    gauge(
      'easel_queue_entries',
      'Attempts that wait for a worker.',
      perClass(({ queued }) => queued),
    ),
    gauge(
      'easel_queue_oldest_age_seconds',
      'How long the oldest attempt has waited; none is told of an empty queue.',
      perClass(({ oldest_ms }) => (oldest_ms === null ? null : oldest_ms / 1_000)),
    ),
    gauge(
      'easel_ready_tasks',
      'Tasks that stand in line for the queue.',
      perClass(({ in_line }) => in_line),
    ),
    gauge(
      'easel_paused_tasks',
      'Ready tasks of paused types.',
      perClass(({ set_aside }) => set_aside),
    ),
    gauge(
      'easel_running_attempts',
      'Attempts that workers hold.',
      perClass(({ running }) => running),
    ),
    gauge(
      'easel_workers',
      'Workers that are alive.',
      perClass(({ workers }) => workers),
    ),
    gauge(
      'easel_slots',
      'Slots of workers that are alive.',
      perClass(({ slots }) => slots),
    ),
    gauge('easel_schedulers', 'Schedulers that are alive.', [{ value: queue.schedulers }]),
    gauge('easel_flow_tasks_ready', 'Flow tasks that a scheduler is to expand.', [
      { value: queue.to_expand },
    ]),
    gauge(
      'easel_failures_last_day',
      'Attempts that failed for good in the last 24 hours, 1,000 at most.',
      Object.entries(failures.by_exit_class).map(([exit_class, value]) => ({
        labels: { exit_class },
        value,
      })),
    ),
  ];
}

interface Told {
  readonly labels: Labels;
  readonly report: Report;
}

/** Of processes that have not stopped. What a scheduler and workers of one process share is told once. */
async function processFamilies({ reader, asking: { aliveWithinMs } }: WebParts): Promise<Family[]> {
  const wish = { aliveWithinMs, stopped: false, limit: PROCESSES };
  const schedulers = await listProcesses(reader, { role: 'scheduler', ...wish });
  const all = [...schedulers, ...(await listProcesses(reader, { role: 'worker', ...wish }))];
  const labelsOf = ({ host, pid }: { host: string; pid: number }) => ({ host, process: String(pid) });
  const reports = new Map<string, Told>();
  for (const process of all) {
    if (process.report === null) continue;
    const labels = labelsOf(process);
    reports.set(JSON.stringify(labels), { labels, report: JSON.parse(process.report) as Report });
  }
  const told = [...reports.values()];
  const isScheduler = ({ report }: Told) => report.ticks > 0;
  const counter = (name: string, help: string, value: (report: Report) => number): Family => ({
    ...{ name, help, type: 'counter' },
    samples: told.map(({ labels, report }) => ({ labels, value: value(report) })),
  });
  const ofSchedulers = ({ samples, ...family }: Family): Family => ({
    ...family,
    samples: samples.filter((_, at) => isScheduler(told[at] as Told)),
  });
  const seconds = (name: string, help: string, ms: (report: Report) => number): Family =>
    ofSchedulers({ ...counter(name, help, (report) => ms(report) / 1_000), type: 'gauge' });
  return [
    gauge(
      'easel_process_silent_seconds',
      'Since a scheduler or worker was last seen.',
      all.map(({ role, silent_ms, ...process }) => ({
        labels: { ...labelsOf(process), role, id: String(process.id) },
        value: silent_ms / 1_000,
      })),
    ),
    ofSchedulers(counter('easel_scheduler_ticks_total', 'Steps of a scheduler.', ({ ticks }) => ticks)),
    ofSchedulers(
      counter('easel_scheduler_tick_seconds_total', 'Time in steps.', ({ tick_ms }) => tick_ms / 1_000),
    ),
    seconds(
      'easel_scheduler_longest_tick_seconds',
      'The longest of the last steps.',
      (r) => r.longest_tick_ms,
    ),
    seconds(
      'easel_scheduler_lag_seconds',
      'The longest time that a scheduler lately took to come back to its work.',
      (r) => r.longest_lag_ms,
    ),
    counter('easel_attempts_lost_total', 'Attempts whose lease ran out.', (r) => r.attempts_lost),
    counter('easel_leases_lost_total', 'Attempts that a worker did not hold any more.', (r) => r.leases_lost),
    counter(
      'easel_attempts_retried_total',
      'Failures that are to be tried again.',
      (r) => r.attempts_retried,
    ),
    counter('easel_database_conflicts_total', 'Transactions tried again.', (r) => r.database_conflicts),
    counter('easel_database_outages_total', 'Times the database did not answer.', (r) => r.database_outages),
    { ...counter('easel_process_resident_memory_bytes', 'Memory.', (r) => r.resident_bytes), type: 'gauge' },
  ];
}

/** Edges are powers of two seconds: every eighth of those that are counted. */
function durations(timings: readonly Timing[]): Family {
  const samples = timings.flatMap(({ type, wall_ms: { bins, total, attempts } }): Sample[] => {
    const edges = [...new Set(bins.map(({ high }) => 2 ** Math.ceil(Math.log2(high) - 1e-9)))].sort(
      (a, b) => a - b,
    );
    const upTo = (edge: number) =>
      bins.reduce((sum, bin) => sum + (bin.high <= edge * (1 + 1e-9) ? bin.attempts : 0), 0);
    return [
      ...edges.map((edge) => ({
        suffix: '_bucket',
        labels: { type, le: String(edge / 1_000) },
        value: upTo(edge),
      })),
      { suffix: '_bucket', labels: { type, le: '+Inf' }, value: attempts },
      { suffix: '_sum', labels: { type }, value: total / 1_000 },
      { suffix: '_count', labels: { type }, value: attempts },
    ];
  });
  const help = 'Wall-clock time of attempts that ran to an end of their own, by task type.';
  return { name: 'easel_attempt_duration_seconds', help, type: 'histogram', samples };
}
