/** Schedulers and workers of a seeded installation: those that run, some that have stopped, one that has fallen silent. */
import type { NextId } from '../../../core/store/ids.ts';
import type { Sink } from './sink.ts';

const WORKERS = 6;
const SLOTS = 8;
export const SLOTS_IN_ALL = WORKERS * SLOTS;
const MINUTE_MS = 60_000;

export interface Staff {
  readonly schedulers: readonly number[];
  readonly alive: readonly number[];
  /** They did what was done in the first half of the time. */
  readonly stopped: readonly number[];
  readonly silent: number;
}

export interface Times {
  readonly now: number;
  /** Since when the installation has run. */
  readonly from: number;
  /** How long from now those that are alive appear so. */
  readonly holdMs: number;
  readonly workerClass: string;
}

/** One id for each slot. */
export const slotsOf = (workers: readonly number[]): number[] =>
  workers.flatMap((worker) => Array.from({ length: SLOTS }, () => worker));

export function staffRows(sink: Sink, nextId: NextId, times: Times): Staff {
  const { now, from, holdMs, workerClass } = times;
  const middle = from + (now - from) / 2;
  const seenAt = now + Math.max(0, holdMs - MINUTE_MS);
  let pid = 4_000;
  const add = (
    role: 'scheduler' | 'worker',
    host: string,
    span: { from: number; to?: number; seen?: number },
  ) => {
    const id = nextId();
    const isWorker = role === 'worker';
    sink.add('processes', {
      ...{ id, role, host, pid: pid++, version: '0.1.0', worker_class: isWorker ? workerClass : null },
      ...{ slots: isWorker ? SLOTS : 0, started_at: Math.floor(span.from) },
      ...{
        last_seen_at: Math.floor(span.to ?? span.seen ?? seenAt),
        ended_at: span.to === undefined ? null : Math.floor(span.to),
      },
    });
    return id;
  };
  const many = (count: number, make: (at: number) => number) =>
    Array.from({ length: count }, (_, at) => make(at));
  const host = (at: number) => (at === 2 ? '<b>node-2</b>.example' : `node-${at}.example`);
  add('scheduler', host(0), { from, to: middle });
  return {
    schedulers: many(2, (at) => add('scheduler', host(at), { from: middle })),
    stopped: many(WORKERS, (at) => add('worker', host(at), { from, to: middle })),
    alive: many(WORKERS, (at) => add('worker', host(at), { from: middle })),
    silent: add('worker', 'node-lost.example', { from: middle, seen: now - 20 * MINUTE_MS }),
  };
}
