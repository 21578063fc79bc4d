/** What people have done to a seeded installation, and what its schedulers have noted of queue and outages. */
import type { Sink } from './sink.ts';
import type { Staff } from './staff.ts';
import { HOSTILE, PEOPLE } from './texts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ACTIONS = 250;

export interface Recorded {
  readonly now: number;
  readonly random: () => number;
  readonly jobIds: readonly number[];
  readonly staff: Staff;
  readonly workerClass: string;
  /** Work tasks by state, now. */
  readonly standing: Readonly<Record<string, number>>;
  readonly pausedTypes: ReadonlySet<string>;
  readonly pausedJobs: readonly number[];
}

export function recordRows(sink: Sink, recorded: Recorded): void {
  pauseRows(sink, recorded);
  auditRows(sink, recorded);
  sampleRows(sink, recorded);
  outageRows(sink, recorded);
}

function pauseRows(sink: Sink, { pausedTypes, pausedJobs, now }: Recorded): void {
  const since = now - HOUR_MS;
  const person = PEOPLE.at(-1) ?? '';
  for (const name of pausedTypes) sink.add('pauses', { scope: 'type', name, since, person });
  for (const id of pausedJobs) sink.add('pauses', { scope: 'job', name: String(id), since, person });
}

function auditRows(sink: Sink, { now, jobIds, random }: Recorded): void {
  const pick = <T>(list: readonly T[], otherwise: T) => list[Math.floor(random() * list.length)] ?? otherwise;
  for (let left = ACTIONS; left > 0; left--) {
    const job = pick(jobIds, 1);
    const [action, detail] = pick(
      [
        ['retry', `task ${job * 100 + left}: 1 task is tried again`],
        ['cancel', `job ${job}`],
        ['pause', `job ${job}: 12 tasks hold`],
        ['resume', `job ${job}: 12 ready tasks`],
        ['reschedule-unfinished', `job ${job}: 7 tasks; ${pick(HOSTILE, '')}`],
      ] as const,
      ['pause', ''],
    );
    const at = Math.floor(now - (left * DAY_MS) / 50 - random() * HOUR_MS);
    sink.add('audit', { at, person: pick(PEOPLE, 'ada'), action, detail });
  }
}

/** Each quarter of an hour of the last day, and now. */
function sampleRows(sink: Sink, { now, staff, random, workerClass, standing }: Recorded): void {
  const workers = staff.alive.length;
  const common = { worker_class: workerClass, workers, slots: 8 * workers };
  for (let at = now - DAY_MS; at < now - MINUTE_MS; at += 15 * MINUTE_MS) {
    const load = 0.5 + 0.5 * Math.sin(at / (3 * HOUR_MS));
    const waiting = { queued: Math.floor(96 * load), in_line: Math.floor(3_000 * load * random()) };
    sink.add('queue_samples', { ...common, ...waiting, at, set_aside: 0, running: Math.ceil(48 * load) });
  }
  const { queued = 0, ready = 0, running = 0, aside = 0 } = standing;
  sink.add('queue_samples', {
    ...common,
    at: now,
    queued,
    in_line: ready - aside,
    set_aside: aside,
    running,
  });
}

function outageRows(sink: Sink, { now, staff }: Recorded): void {
  const span = (ago: number, lastsMs: number) => ({ began_at: now - ago, ended_at: now - ago + lastsMs });
  for (const process_id of [...staff.schedulers, ...staff.alive].slice(0, 4)) {
    const reason = 'connect ECONNREFUSED 127.0.0.1:3306';
    sink.add('outages', { process_id, ...span(2 * HOUR_MS, 40_000), what: 'database', reason });
  }
  const process_id = staff.alive[1] ?? 0;
  const reason = 'no space left on device <b>&</b>';
  sink.add('outages', { process_id, ...span(30 * MINUTE_MS, 240_000), what: 'output_area', reason });
}
