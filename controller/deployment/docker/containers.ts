/** The containers of a deployment, found by their labels, and what the engine tells of them. */
import type { ContainerInspectInfo } from 'dockerode';
import { type Instance, LABELS, type RunningService } from '../orchestrator.ts';
import { type Engine, statusOf } from './api.ts';
import { type Description, readDescription } from './description.ts';
import { DESCRIPTION_LABEL, NUMBER_LABEL } from './spec.ts';

/** What a deployment has on an engine. */
export interface Place {
  readonly engine: Engine;
  readonly deployment: string;
}

export interface OwnContainer {
  readonly id: string;
  readonly name: string;
  readonly number: number;
  readonly revision: string;
  readonly description: Description;
  readonly info: ContainerInspectInfo;
}

/** By service and number; those of one service, or of all. */
export async function listOwn({ engine, deployment }: Place, service?: string): Promise<OwnContainer[]> {
  const label = [`${LABELS.deployment}=${deployment}`, NUMBER_LABEL];
  if (service !== undefined) label.push(`${LABELS.service}=${service}`);
  const found = await engine.listContainers({ all: true, filters: { label } });
  const inspected = await Promise.all(found.map(({ Id }) => inspect(engine, Id)));
  return inspected
    .flatMap((info) => (info === null ? [] : [read(info)]))
    .sort((a, b) => compare(a.description.name, b.description.name) || a.number - b.number);
}

/** Null when it has gone meanwhile. */
export async function inspect(engine: Engine, id: string): Promise<ContainerInspectInfo | null> {
  try {
    return await engine.getContainer(id).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

function read(info: ContainerInspectInfo): OwnContainer {
  const labels = info.Config.Labels;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    number: Number(labels[NUMBER_LABEL]),
    revision: labels[LABELS.revision] ?? '',
    description: readDescription(labels[DESCRIPTION_LABEL] ?? ''),
    info,
  };
}

/** `all` are of one service, at least one. While a roll is under way, the newest tells what is wanted. */
export function serviceOf(all: readonly OwnContainer[], node: string): RunningService | null {
  const newest = newestOf(all);
  if (newest === undefined) return null;
  const { name, role, workerClass, image, limits } = newest.description;
  const instances = instancesIn(all);
  return {
    ...{ name, role, workerClass, image, limits },
    revision: newest.revision,
    replicas: instances.length,
    instances: instances.map(({ info }) => instanceOf(info, node)),
  };
}

/** Without the one that only keeps the description. */
export function instancesIn(all: readonly OwnContainer[]): OwnContainer[] {
  return all.filter(({ number }) => number > 0);
}

export function newestOf(all: readonly OwnContainer[]): OwnContainer | undefined {
  return all.toSorted((a, b) => Date.parse(b.info.Created) - Date.parse(a.info.Created))[0];
}

function instanceOf(info: ContainerInspectInfo, node: string): Instance {
  const { State: state } = info;
  const health = state.Health?.Status;
  const startedAt = Date.parse(state.StartedAt);
  const hasEnded = !state.Running || info.RestartCount > 0;
  return {
    id: info.Id,
    host: info.Config.Hostname,
    state: stateOf(state.Status),
    healthy: health === 'healthy' ? true : health === 'unhealthy' ? false : null,
    imageDigest: info.Image,
    startedAt: startedAt > 0 ? startedAt : null,
    restarts: info.RestartCount,
    exitCode: state.Running ? null : state.ExitCode,
    // Of a container that has run on, it is one of its processes that was killed.
    outOfMemory: state.OOMKilled && hasEnded,
    node,
    message: messageOf(state),
  };
}

function stateOf(status: string): Instance['state'] {
  if (status === 'created' || status === 'restarting') return 'starting';
  if (status === 'removing') return 'stopping';
  return status === 'exited' || status === 'dead' ? 'ended' : 'running';
}

function messageOf({
  Error: error,
  Health: health,
  Status: status,
  ExitCode: code,
}: ContainerInspectInfo['State']) {
  if (error !== '') return error;
  if (health?.Status === 'unhealthy') return health.Log?.at(-1)?.Output.trim() ?? 'unhealthy';
  if (status === 'paused') return 'paused';
  return status === 'restarting' ? `ended with exit code ${code}, is started again` : null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
