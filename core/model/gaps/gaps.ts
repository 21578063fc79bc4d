/**
 * Gaps: when a worker ran nothing, or left slots free, for longer than a threshold, and why. Times before a worker
 * started and after it was gone are gaps, too. A cause that held for less than the threshold is not told by itself.
 */
import { causeOf, clip, merge, overlay, type Piece, piecesFor } from './causes.ts';
import type { Gap, GapFacts, RunFact, Span, WorkerFact } from './facts.ts';

export interface GapWish extends Span {
  readonly thresholdMs: number;
}

/** By worker, oldest first. */
export function findGaps(facts: GapFacts, wish: GapWish): Gap[] {
  const classes = new Map<string, Piece[]>();
  for (const { worker_class } of facts.workers)
    if (!classes.has(worker_class)) classes.set(worker_class, piecesFor(worker_class, facts, wish));
  const runs = Map.groupBy(facts.runs, ({ worker_id }) => worker_id);
  return facts.workers.flatMap((worker) => {
    const pieces = classes.get(worker.worker_class) ?? [];
    const own = facts.outages.filter(({ host, pid }) => host === worker.host && pid === worker.pid);
    const inside = loadOf(worker, runs.get(worker.id) ?? [], wish).flatMap(({ running, ...span }) => {
      if (running >= worker.slots || span.until - span.from <= wish.thresholdMs) return [];
      const causes = merge(overlay(clip(pieces, span), own), wish.thresholdMs);
      return causes.map(({ cause, from, until }): Gap => {
        const free_slots = worker.slots - running;
        return { worker_id: worker.id, from, until, is_idle: running === 0, free_slots, ...cause };
      });
    });
    return [...inside, ...outside(worker, wish)].sort((a, b) => a.from - b.from);
  });
}

function presence({ started_at, gone_at }: WorkerFact, { from, until }: Span): Span {
  return { from: Math.max(from, started_at), until: Math.min(until, gone_at ?? until) };
}

function outside(worker: WorkerFact, wish: GapWish): Gap[] {
  const { from, until } = presence(worker, wish);
  const gone = causeOf(worker.end === 'silent' ? 'silent' : 'stopped');
  const gaps = [
    { from: wish.from, until: from, cause: causeOf('not_started') },
    { from: until, until: wish.until, cause: gone },
  ];
  return gaps
    .filter((gap) => gap.until - gap.from > wish.thresholdMs)
    .map(({ cause, ...span }) => ({
      ...{ worker_id: worker.id, ...span, is_idle: true, free_slots: worker.slots },
      ...cause,
    }));
}

interface Load extends Span {
  /** Attempts at most, at any moment of it. */
  readonly running: number;
}

/** The worker's time as stretches in which it ran nothing, something, or as much as it can. */
function loadOf(worker: WorkerFact, runs: readonly RunFact[], wish: Span): Load[] {
  const here = presence(worker, wish);
  if (here.until <= here.from) return [];
  const steps = new Map<number, number>([[here.from, 0]]);
  const step = (at: number, by: number) => steps.set(at, (steps.get(at) ?? 0) + by);
  for (const { started_at, ended_at } of runs) {
    const from = Math.max(here.from, started_at);
    const until = Math.min(here.until, ended_at ?? here.until);
    if (until <= from) continue;
    step(from, 1);
    step(until, -1);
  }
  const loads: Load[] = [];
  let running = 0;
  const ordered = [...steps].sort(([a], [b]) => a - b);
  for (const [at, [from, by]] of ordered.entries()) {
    running += by;
    const until = ordered[at + 1]?.[0] ?? here.until;
    if (until > from) join(loads, { from, until, running }, worker.slots);
  }
  return loads;
}

const level = (running: number, slots: number) => (running === 0 ? 0 : running < slots ? 1 : 2);

function join(loads: Load[], next: Load, slots: number): void {
  const last = loads.at(-1);
  if (last === undefined || level(last.running, slots) !== level(next.running, slots)) loads.push(next);
  else
    loads[loads.length - 1] = {
      ...{ from: last.from, until: next.until },
      running: Math.max(last.running, next.running),
    };
}
