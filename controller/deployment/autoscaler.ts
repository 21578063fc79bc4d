/** The loop behind `easel autoscale`: looks at the queue and at what runs, has workers come and go, and tells what their containers died of. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../core/db/open.ts';
import { meetOutage, passOutage } from '../../core/db/outage.ts';
import { reading } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Emit } from '../../core/runtime/events.ts';
import { Ids } from '../../core/store/ids.ts';
import { endAsOutOfMemory } from '../../core/store/out-of-memory.ts';
import { type ClassView, viewQueue } from '../../core/store/queue-view.ts';
import { changeWorkers } from './change-workers.ts';
import type { DeployParts } from './deploy.ts';
import { type Bounds, NeedForWorkers } from './need-for-workers.ts';
import type { Orchestrator, RunningService } from './orchestrator.ts';

export interface AutoscalerParts extends DeployParts {
  readonly database: Database;
  readonly orchestrator: Orchestrator;
  readonly emit: Emit;
}

export interface AutoscalerWish {
  readonly classes: readonly string[];
  readonly bounds: Bounds;
  /** Of one worker, where there is none that would tell. */
  readonly slots: number;
}

const EVERY_MS = 2_000;
/** More in line than this ask for no more workers than this many do. */
const COUNT_TO = 10_000;

export class Autoscaler {
  readonly #parts: AutoscalerParts;
  readonly #wish: AutoscalerWish;
  readonly #needs: ReadonlyMap<string, NeedForWorkers>;
  readonly #stop = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(parts: AutoscalerParts, wish: AutoscalerWish) {
    this.#parts = parts;
    this.#wish = wish;
    const now = performance.now();
    this.#needs = new Map(wish.classes.map((name) => [name, new NeedForWorkers(wish.bounds, now)]));
  }

  start(): void {
    const { classes, bounds } = this.#wish;
    const { min, max } = bounds;
    this.#parts.emit('autoscale_started', { classes: classes.join(', '), min, max });
    this.#looking = this.#lookAround();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    this.#parts.emit('autoscale_stopped', {});
  }

  async #lookAround(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#look();
        passOutage(this.#parts, this);
      } catch (error) {
        this.#report(error);
      }
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { database, settings, orchestrator } = this.#parts;
    const queue = await viewQueue(reading(database), settings.lease_seconds * 1_000, COUNT_TO);
    const classes = new Map(queue.classes.map((view) => [view.worker_class, view]));
    const running = await orchestrator.list();
    await this.#explainEnds(running);
    for (const [workerClass, need] of this.#needs) {
      const service = running.find((each) => each.workerClass === workerClass);
      const current = service?.replicas ?? 0;
      const demand = demandOf(classes.get(workerClass), queue.pauses.length > 0, this.#wish.slots);
      const wanted = need.next(demand, current, performance.now());
      const isShort = orchestrator.kind === 'docker' && hasEnded(service);
      if (wanted === current && !isShort) continue;
      const { slots } = this.#wish;
      await changeWorkers(this.#parts, { workerClass, replicas: wanted, slots });
      this.#parts.emit('scaled', { class: workerClass, from: current, to: wanted, waiting: demand.waiting });
    }
  }

  /** Where a whole container was ended for its memory, no process of it is left to say so. */
  async #explainEnds(running: readonly RunningService[]): Promise<void> {
    const { database, registry, settings, emit } = this.#parts;
    const hosts = running.flatMap(({ instances }) =>
      instances.filter(({ outOfMemory }) => outOfMemory).map(({ host }) => host),
    );
    const parts = { database, registry, defaults: settings, ids: new Ids(database, 100) };
    for (const host of hosts) {
      const { attempts } = await endAsOutOfMemory(parts, { host, silentMs: settings.renew_seconds * 1_500 });
      if (attempts > 0) emit('out_of_memory', { host, attempts });
    }
  }

  /** An engine that is away now may be back at the next look. */
  #report(error: unknown): void {
    if (meetOutage(this.#parts, error)) return;
    const isExpected = error instanceof EaselError || !(error instanceof Error);
    const reason = isExpected
      ? String(error instanceof Error ? error.message : error)
      : (error.stack ?? error.message);
    this.#parts.emit('autoscale_failed', { reason });
  }
}

/** A single engine does not start again what was ended through it; the others replace it by themselves. */
function hasEnded(service: RunningService | undefined): boolean {
  return service?.instances.some(({ state }) => state === 'ended') === true;
}

/** What is paused waits for nobody's slot: while something is, only what stands in the queue counts. */
function demandOf(view: ClassView | undefined, isAnyPaused: boolean, slots: number) {
  if (view === undefined) return { waiting: 0, oldestMs: null, running: 0, slots };
  const { queued, in_line, running, workers, oldest_ms } = view;
  return {
    waiting: queued + (isAnyPaused ? 0 : in_line),
    oldestMs: oldest_ms,
    running,
    slots: workers === 0 ? slots : Math.max(1, Math.round(view.slots / workers)),
  };
}
