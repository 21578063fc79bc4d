/** Waiting until what a swarm was told is so. The swarm goes on by itself; here it is only watched, and told when it does not come to that. */
import { setTimeout as delay } from 'node:timers/promises';
import { EaselError } from '../../../core/model/errors.ts';
import type { Engine } from './api.ts';
import { inspect, type OwnContainer } from './containers.ts';
import { logLines } from './log-lines.ts';
import { HEALTH_RETRIES } from './spec.ts';
import {
  hasEnded,
  hasEndedByItself,
  isLeaving,
  isOf,
  isWanted,
  listTasks,
  type SwarmTask,
} from './swarm-tasks.ts';

const LOOK_MS = 250;
const LOG_LINES = 20;
/** So long all must be as wanted, without a pause. */
const STAY_MS = 2_000;
/** After so long without a machine that could take it, a task will hardly find one. */
const PLACE_MS = 10_000;

export interface Wanted {
  readonly serviceId: string;
  readonly name: string;
  readonly revision: string;
  readonly force: number;
  readonly replicas: number;
}

/** Those that have ended already, and are not to be taken for the outcome of what is to be done now. */
export async function endedTasks(engine: Engine, serviceId: string): Promise<ReadonlySet<string>> {
  return new Set((await listTasks(engine, serviceId)).filter(hasEnded).map(({ ID }) => ID));
}

/** Throws EaselError, with the last lines of its log, when a task does not come up; what went before stays as it is. */
export async function awaitRollout(
  engine: Engine,
  wanted: Wanted,
  before: ReadonlySet<string>,
): Promise<void> {
  let runningSince: number | null = null;
  const pendingSince = new Map<string, number>();
  for (;;) {
    const tasks = await reachableTasks(engine, wanted.serviceId, before);
    const ours = tasks.filter((task) => isOf(task, wanted.revision, wanted.force));
    const failed = ours.find(hasEndedByItself) ?? ours.find((task) => isStranded(task, pendingSince));
    if (failed !== undefined && wanted.replicas > 0) throw await failure(engine, wanted, failed);
    const running = ours.filter((task) => isWanted(task) && task.Status.State === 'running');
    const others = tasks.filter((task) => !running.includes(task) && (!hasEnded(task) || isLeaving(task)));
    const isDone = running.length === wanted.replicas && others.length === 0;
    runningSince = isDone ? (runningSince ?? performance.now()) : null;
    const isSettled = runningSince !== null && performance.now() - runningSince >= STAY_MS;
    if (!(await isUpdating(engine, wanted)) && isSettled) return;
    await delay(LOOK_MS);
  }
}

/** Nothing is known, or can be done, about what runs on a machine that is away; the swarm makes others in its place. */
async function reachableTasks(
  engine: Engine,
  serviceId: string,
  before: ReadonlySet<string>,
): Promise<SwarmTask[]> {
  const nodes = await engine.listNodes();
  const away = new Set(nodes.filter(({ Status }) => Status?.State === 'down').map(({ ID }) => String(ID)));
  const tasks = await listTasks(engine, serviceId);
  return tasks.filter(({ ID, NodeID = '' }) => !before.has(ID) && !away.has(NodeID));
}

/** Of one that nothing was done to. */
export async function isRunningAs(engine: Engine, wanted: Omit<Wanted, 'name'>): Promise<boolean> {
  const tasks = (await listTasks(engine, wanted.serviceId)).filter(
    (task) => isWanted(task) && !hasEnded(task),
  );
  const running = tasks.filter(
    (task) => isOf(task, wanted.revision, wanted.force) && task.Status.State === 'running',
  );
  return running.length === wanted.replicas && tasks.length === wanted.replicas;
}

/** Throws when the swarm has given up: it does not go on by itself. */
async function isUpdating(engine: Engine, { serviceId, name }: Wanted): Promise<boolean> {
  const { UpdateStatus: status } = await engine.getService(serviceId).inspect();
  if (status?.State === 'paused')
    throw new EaselError('unavailable', `the swarm replaces no more of ${name}: ${status.Message}`);
  return status?.State === 'updating';
}

function isStranded(task: SwarmTask, pendingSince: Map<string, number>): boolean {
  if (task.Status.State !== 'pending' || (task.Status.Err ?? '') === '') return false;
  const since = pendingSince.get(task.ID) ?? performance.now();
  pendingSince.set(task.ID, since);
  return performance.now() - since > PLACE_MS;
}

async function failure(engine: Engine, { name }: Wanted, task: SwarmTask): Promise<EaselError> {
  const id = task.Status.ContainerStatus?.ContainerID ?? '';
  const [info, lines] =
    id === '' ? [null, []] : await Promise.all([inspect(engine, id), lastLines(engine, task.ID)]);
  const told = lines.length === 0 ? '' : `; ${['its last lines:', ...lines].join('\n  ')}`;
  return new EaselError('unavailable', `${name}-${task.Slot} does not come up: ${reason(task, info)}${told}`);
}

/** The engine that is asked knows more about containers of its own than a swarm tells. */
function reason({ Status: status }: SwarmTask, info: OwnContainer['info'] | null): string {
  const { Health: health, OOMKilled: isOutOfMemory = false } = info?.State ?? {};
  if (isOutOfMemory) return 'it had no memory left';
  if (health !== undefined && health.FailingStreak >= HEALTH_RETRIES)
    return `its health check fails: ${health.Log.at(-1)?.Output.trim() ?? ''}`;
  const code = status.ContainerStatus?.ExitCode;
  return status.Err ?? (code === undefined ? status.State : `it ended with exit code ${code}`);
}

/** The client can do it, its types do not say so. */
interface Logged {
  logs(options: { stdout: true; stderr: true; tail: number }): Promise<Buffer>;
}

async function lastLines(engine: Engine, taskId: string): Promise<string[]> {
  const task = engine.getTask(taskId) as unknown as Logged;
  return logLines(await task.logs({ stdout: true, stderr: true, tail: LOG_LINES })).slice(-LOG_LINES);
}
