/**
 * Deploying: settings, registry and wishes become services, and the orchestrator brings what runs into line with them, database and
 * broker first, since the others look for them. To be repeated at will: what is as it should be is not touched.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EaselError } from '../../core/model/errors.ts';
import { classNeeds, workerClasses } from '../../core/model/fit.ts';
import type { Resources } from '../../core/model/task-type.ts';
import type { Registry } from '../../core/runtime/registry.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import { addressesFor, type OwnServers } from './addresses.ts';
import { prepareAreas } from './areas.ts';
import type { Identity } from './identity.ts';
import { findImages } from './images/catalogue.ts';
import type { Applied, Orchestrator, RunningService } from './orchestrator.ts';
import {
  type PlanParts,
  planBroker,
  planDatabase,
  planScheduler,
  planWeb,
  planWorkers,
  workerService,
} from './plan-services.ts';
import type { Service } from './service.ts';
import { shareOut } from './share-out.ts';

export interface DeployWish {
  /** Worker classes; all of the registry and scheduler and dashboard besides, when none is named. */
  readonly classes: readonly string[];
  /** Of each class; without it one, or, within a fraction of the system, as many as there is room for. */
  readonly replicas: number | undefined;
  readonly slots: number;
  /** Share of what the machines have that all workers together may use, above 0 to 1. */
  readonly fraction: number | undefined;
  /** Where people reach the dashboard; null: nowhere. */
  readonly web: { readonly address: string; readonly port: number } | null;
  readonly schedulers: number;
}

/** Where commands of this machine reach the servers that a deployment brings. */
export interface ServerPorts {
  readonly database: number;
  readonly broker: number;
}

export interface DeployParts {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly identity: Identity;
}

/** What the deployment brings itself: now, or since an earlier time. */
export function ownServers(running: readonly RunningService[], now: OwnServers): OwnServers {
  const has = (role: string) => running.some((service) => service.role === role);
  return { database: now.database || has('database'), broker: now.broker || has('broker') };
}

export function planServers(parts: DeployParts, wanted: OwnServers, ports: ServerPorts): Service[] {
  const plan = planParts(parts);
  return [
    ...(wanted.database ? [planDatabase(plan, ports.database)] : []),
    ...(wanted.broker ? [planBroker(plan, ports.broker)] : []),
  ];
}

/** @param room what the machines have; only asked for with a fraction of it */
export async function planDeployment(
  parts: DeployParts,
  own: OwnServers,
  {
    wish,
    room,
  }: {
    readonly wish: DeployWish;
    readonly room: () => Promise<Resources>;
  },
): Promise<Service[]> {
  const { settings, registry, identity } = parts;
  const plan = planParts(parts);
  const addresses = addressesFor(settings, identity, own);
  const all = workerClasses(registry.values()).sort();
  const classes = wish.classes.length === 0 ? all : wish.classes;
  const counts = await countReplicas(parts, { ...wish, classes }, room);
  refuseEqualNames(classes);
  const workers = classes.map((workerClass) =>
    planWorkers(plan, addresses, { workerClass, replicas: counts.get(workerClass) ?? 0, slots: wish.slots }),
  );
  if (wish.classes.length > 0) return workers;
  return [
    ...(wish.schedulers > 0 ? [planScheduler(plan, addresses, wish.schedulers)] : []),
    ...(wish.web === null ? [] : [planWeb(plan, addresses, wish.web)]),
    ...workers,
  ];
}

async function countReplicas(
  { registry }: DeployParts,
  { classes, replicas, slots, fraction }: DeployWish,
  room: () => Promise<Resources>,
): Promise<ReadonlyMap<string, number>> {
  if (fraction === undefined) return new Map(classes.map((name) => [name, replicas ?? 1]));
  const all = await room();
  const share = {
    cpu: all.cpu * fraction,
    gpu: Math.floor(all.gpu * fraction),
    memory_gb: all.memory_gb * fraction,
  };
  const claimants = classes.map((workerClass) => ({
    workerClass,
    needs: classNeeds(registry.values(), workerClass, slots),
  }));
  return shareOut(claimants, share, replicas);
}

export interface Deployed {
  readonly service: Service;
  readonly applied: Applied;
}

/** The first one alone: it makes what all have in common. When one fails, the others are brought to their end all the same. */
export async function deploy(
  orchestrator: Orchestrator,
  services: readonly Service[],
  say: (line: string) => void,
): Promise<Deployed[]> {
  const bring = async (service: Service): Promise<Deployed> => {
    if (orchestrator.kind === 'docker') prepareAreas(service.mounts);
    const applied = await orchestrator.apply(service);
    say(`${service.name}: ${applied}, ${service.replicas} of ${service.image}`);
    return { service, applied };
  };
  const [first, ...others] = services;
  if (first === undefined) return [];
  const brought = await bring(first);
  const all = await Promise.allSettled(others.map(bring));
  const failed = all.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return [brought, ...all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))];
}

const LOOK_MS = 500;

/** Until every instance of the service runs and is well. Throws EaselError when that takes longer than its start may take. */
export async function untilWell(orchestrator: Orchestrator, { name, health }: Service): Promise<void> {
  const deadline = performance.now() + ((health?.startSeconds ?? 60) + 60) * 1_000;
  for (;;) {
    const service = (await orchestrator.list()).find((each) => each.name === name);
    const instances = service?.instances.filter(({ state }) => state !== 'ended') ?? [];
    const isWell =
      instances.length > 0 &&
      instances.every(
        ({ state, healthy }) =>
          state === 'running' && healthy !== false && (health === null || healthy === true),
      );
    if (isWell) return;
    if (performance.now() > deadline) {
      const told = service?.instances.flatMap(({ message }) => (message === null ? [] : [message])) ?? [];
      throw new EaselError('unavailable', [`${name} does not become well`, ...told].join(': '));
    }
    await delay(LOOK_MS);
  }
}

export function planParts({ settings, registry, identity }: DeployParts): PlanParts {
  refuseModules(registry, settings.task_types);
  const typeFiles = settings.task_types.map((file) => readFileSync(file, 'utf8'));
  const images = new Map(
    findImages(settings.home).flatMap(({ workerClasses, tag }) => workerClasses.map((name) => [name, tag])),
  );
  return { settings, registry, identity, images, typeFiles };
}

/** `_` of a class is `-` in the name of its service, which is a name of hosts. */
function refuseEqualNames(classes: readonly string[]): void {
  for (const group of Map.groupBy(classes, workerService).values())
    if (group.length > 1)
      throw new EaselError(
        'settings',
        `the worker classes ${group.join(' and ')} would be one service: rename one of them in the registry`,
      );
}

/** A registry file comes along into containers, a module beside it does not. */
function refuseModules(registry: Registry, files: readonly string[]): void {
  if (files.length === 0) return;
  for (const { name, module, directory } of registry.values()) {
    const isRelative = module !== undefined && !module.startsWith('/');
    if (!isRelative || !files.some((file) => file.startsWith(`${directory}/`))) continue;
    throw new EaselError(
      'settings',
      `task type ${name}: its module ${module} lies beside its registry file, which containers do not see: put it in an image and name it by its absolute path there, or make it a command`,
    );
  }
}
