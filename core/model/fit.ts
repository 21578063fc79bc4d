/**
 * What workers of a class need, and how many slots of theirs fit somewhere. A slot must hold the largest task of its
 * class, so the needs of one are, kind by kind, the largest of its types. Used by whoever starts a worker and by
 * whoever plans containers for them, so that a worker finds what was planned for it.
 */
import type { Resources, TaskType } from './task-type.ts';

/** Of the worker itself, beside its slots. */
export const SUPERVISOR_MEMORY_GB = 0.25;

/** What there is for a worker. */
export interface Capacity extends Resources {
  /** Memory is limited below that of the machine, as in a container: whoever takes more is killed. */
  readonly isLimited: boolean;
}

export type ResourceKind = keyof Resources;
const KINDS: readonly ResourceKind[] = ['cpu', 'memory_gb', 'gpu'];

export interface Misfit {
  readonly workerClass: string;
  readonly kind: ResourceKind;
  /** The type that asks for most of that kind, and how much of it one task takes. */
  readonly type: string;
  readonly perTask: number;
  /** Of all slots together, with what the worker itself takes. */
  readonly needed: number;
  readonly there: number;
  readonly isLimited: boolean;
  readonly slots: number;
  /** So many slots would fit: none, if the largest type does not fit at all. */
  readonly slotsThatFit: number;
}

interface Demand {
  readonly type: string;
  readonly resources: Resources;
}

/** Also those that tasks only come to when they ran out of memory. */
export function workerClasses(types: Iterable<TaskType>): string[] {
  const named = [...types].flatMap(({ worker_class, after_oom }) => [worker_class, after_oom?.worker_class]);
  return [...new Set(named)].filter((name) => name !== undefined);
}

/** Of one worker with so many slots. */
export function classNeeds(types: Iterable<TaskType>, workerClass: string, slots: number): Resources {
  const demands = demandsOn(types, workerClass);
  const need = (kind: ResourceKind) => ownNeed(kind) + slots * largest(demands, kind).resources[kind];
  return { cpu: need('cpu'), gpu: need('gpu'), memory_gb: need('memory_gb') };
}

/** At least one, at most one per core. */
export function slotsFor(types: Iterable<TaskType>, workerClass: string, capacity: Capacity): number {
  const demands = demandsOn(types, workerClass);
  const fitting = KINDS.map((kind) => fits(kind, demands, capacity));
  return Math.max(1, Math.min(Math.floor(capacity.cpu), ...fitting));
}

/** The kind of which most is missing first; undefined when so many slots fit. */
export function findMisfit(
  types: Iterable<TaskType>,
  workerClass: string,
  { slots, capacity }: { readonly slots: number; readonly capacity: Capacity },
): Misfit | undefined {
  const demands = demandsOn(types, workerClass);
  const tight = KINDS.map((kind) => ({ kind, slotsThatFit: fits(kind, demands, capacity) }))
    .filter(({ slotsThatFit }) => slotsThatFit < slots)
    .sort((a, b) => a.slotsThatFit - b.slotsThatFit)[0];
  if (tight === undefined) return undefined;
  const { type, resources } = largest(demands, tight.kind);
  const perTask = resources[tight.kind];
  return {
    ...{ workerClass, type, perTask, slots, ...tight },
    needed: ownNeed(tight.kind) + slots * perTask,
    there: capacity[tight.kind],
    isLimited: capacity.isLimited,
  };
}

function demandsOn(types: Iterable<TaskType>, workerClass: string): Demand[] {
  return [...types].flatMap(({ name, resources, worker_class, after_oom }): Demand[] => {
    if (worker_class === workerClass) return [{ type: name, resources }];
    if (after_oom?.worker_class !== workerClass) return [];
    return [{ type: name, resources: { ...resources, memory_gb: after_oom.memory_gb } }];
  });
}

const NOTHING: Demand = { type: '', resources: { cpu: 0, gpu: 0, memory_gb: 0 } };

function largest(demands: readonly Demand[], kind: ResourceKind): Demand {
  return demands.reduce((most, each) => (each.resources[kind] > most.resources[kind] ? each : most), NOTHING);
}

const ownNeed = (kind: ResourceKind) => (kind === 'memory_gb' ? SUPERVISOR_MEMORY_GB : 0);

/** Sums of decimal fractions are a little off. */
const TOLERANCE = 1e-6;

/** Slots that fit by that kind alone. */
function fits(kind: ResourceKind, demands: readonly Demand[], capacity: Capacity): number {
  const perTask = largest(demands, kind).resources[kind];
  if (perTask === 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor((capacity[kind] - ownNeed(kind)) / perTask + TOLERANCE));
}
