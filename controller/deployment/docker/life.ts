/** One container's life: made, started, and stopped with time to drain. */
import { EaselError } from '../../../core/model/errors.ts';
import { inBody, reasonOf, statusOf } from './api.ts';
import { type ContainerWish, containerName, containerSpec } from './container-spec.ts';
import type { OwnContainer, Place } from './containers.ts';

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/bind source path does not exist/, 'make the directory, or name another in settings.yaml'],
  [
    /port is already allocated|address already in use/,
    'something else listens at this port: stop it, or choose another port',
  ],
  [/could not select device driver/, 'GPUs in containers need the NVIDIA Container Toolkit on this machine'],
];

/** Answers its id. */
export async function create({ engine }: Place, wish: ContainerWish): Promise<string> {
  try {
    return (await engine.createContainer(inBody(containerSpec(wish), { name: containerName(wish) }))).id;
  } catch (error) {
    throw explain(error, containerName(wish));
  }
}

/** One that cannot even be started is removed again, so that the next command meets nothing half made. */
export async function start({ engine }: Place, { id, name }: { id: string; name: string }): Promise<void> {
  const container = engine.getContainer(id);
  try {
    await container.start();
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw explain(error, name);
  }
}

/** It is asked to stop, has the time it was promised, and is removed, with volumes that have no name. */
export async function drain({ engine }: Place, { id, description }: OwnContainer): Promise<void> {
  const container = engine.getContainer(id);
  await unless([304, 404], () => container.stop({ t: description.stopSeconds }));
  await unless([404], () => container.remove({ v: true }));
}

/** Fails as the first that failed, but not before all have ended: nothing goes on behind the back of whoever waits. */
export async function allEnded<T>(all: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(all);
  return await Promise.all(all);
}

async function unless(statuses: readonly number[], act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}

function explain(error: unknown, name: string): unknown {
  const status = statusOf(error);
  if (status === null) return error;
  const reason = reasonOf(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1];
  return new EaselError(
    status === 409 ? 'conflict' : 'unavailable',
    `${name} cannot be started: ${reason}${advice === undefined ? '' : `: ${advice}`}`,
    { cause: error },
  );
}
