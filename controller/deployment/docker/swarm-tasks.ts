/** The tasks of a service of a swarm: one per slot that is to run, and those before it that the engine remembers. */
import type { ContainerInspectInfo } from 'dockerode';
import { type Instance, LABELS } from '../orchestrator.ts';
import type { Engine } from './api.ts';
import { inspect } from './containers.ts';
import { hostName } from './spec.ts';

/** As much of the engine's answer as is read here. */
export interface SwarmTask {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly Slot: number;
  readonly NodeID?: string;
  readonly DesiredState: string;
  readonly Status: {
    readonly State: string;
    readonly Timestamp: string;
    readonly Message?: string;
    readonly Err?: string;
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number };
  };
  readonly Spec: {
    readonly ForceUpdate?: number;
    readonly ContainerSpec: { readonly Labels: Record<string, string>; readonly Healthcheck?: object };
  };
}

const ENDED = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];
const BY_ITSELF = ['complete', 'failed', 'rejected'];

/** The newest first. */
export async function listTasks(engine: Engine, serviceId: string): Promise<SwarmTask[]> {
  const tasks: SwarmTask[] = await engine.listTasks({ filters: { service: [serviceId] } });
  return tasks.sort((a, b) => Date.parse(b.CreatedAt) - Date.parse(a.CreatedAt));
}

export function hasEnded({ Status: { State } }: SwarmTask): boolean {
  return ENDED.includes(State);
}

/** Not because it was told to. */
export function hasEndedByItself({ Status: { State } }: SwarmTask): boolean {
  return BY_ITSELF.includes(State);
}

export function isWanted({ DesiredState }: SwarmTask): boolean {
  return ['running', 'ready'].includes(DesiredState);
}

/** Told to end for good: the manager forgets it as soon as it has. */
export function isLeaving({ DesiredState }: SwarmTask): boolean {
  return DesiredState === 'remove';
}

/** Whether it was made by this revision, after this many forced replacements. */
export function isOf(task: SwarmTask, revision: string, force: number): boolean {
  const { ContainerSpec, ForceUpdate = 0 } = task.Spec;
  return ContainerSpec.Labels[LABELS.revision] === revision && ForceUpdate === force;
}

/** What is known of machines: their names by id. */
type Nodes = ReadonlyMap<string, string>;

/** Of each slot the one that is wanted, and those that have not ended yet. */
export async function instancesOf(
  engine: Engine,
  tasks: readonly SwarmTask[],
  nodes: Nodes,
): Promise<Instance[]> {
  const shown = tasks.filter((task) => isWanted(task) || !hasEnded(task));
  const instances = shown.map(async (task) => {
    const earlier = tasks.filter(
      (each) => each.Slot === task.Slot && hasEndedByItself(each) && each.CreatedAt < task.CreatedAt,
    );
    const last = hasEndedByItself(task) ? task : earlier[0];
    const [own, ended] = await Promise.all([container(engine, task), container(engine, last)]);
    return instanceOf(task, { own, ended, last, restarts: earlier.length, nodes });
  });
  return (await Promise.all(instances)).sort((a, b) => (a.host < b.host ? -1 : 1));
}

/** Only the engine that is asked tells about its containers, not about those of other machines. */
async function container(engine: Engine, task: SwarmTask | undefined): Promise<ContainerInspectInfo | null> {
  const id = task?.Status.ContainerStatus?.ContainerID ?? '';
  return id === '' ? null : await inspect(engine, id);
}

interface Known {
  readonly own: ContainerInspectInfo | null;
  /** The one of this slot that ended last without being told to. */
  readonly last: SwarmTask | undefined;
  readonly ended: ContainerInspectInfo | null;
  readonly restarts: number;
  readonly nodes: Nodes;
}

function instanceOf(task: SwarmTask, { own, ended, last, restarts, nodes }: Known): Instance {
  const { Status: status, Spec: spec } = task;
  const isRunning = status.State === 'running';
  const service = spec.ContainerSpec.Labels[LABELS.service] ?? '';
  return {
    id: task.ID,
    host: hostName(service, task.Slot),
    state: stateOf(task),
    // A task runs, for the engine, once its health check has passed.
    healthy: spec.ContainerSpec.Healthcheck !== undefined && isRunning ? true : null,
    imageDigest: own?.Image ?? null,
    startedAt: isRunning ? Date.parse(own?.State.StartedAt ?? status.Timestamp) : null,
    restarts,
    exitCode: isRunning ? null : (last?.Status.ContainerStatus?.ExitCode ?? null),
    outOfMemory: ended?.State.OOMKilled ?? false,
    node: nodes.get(task.NodeID ?? '') ?? null,
    message: isRunning ? null : (status.Err ?? last?.Status.Err ?? null),
  };
}

function stateOf(task: SwarmTask): Instance['state'] {
  if (hasEnded(task)) return 'ended';
  if (!isWanted(task)) return 'stopping';
  return task.Status.State === 'running' ? 'running' : 'starting';
}
