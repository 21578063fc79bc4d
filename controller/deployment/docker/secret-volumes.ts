/**
 * Secrets on a single engine, which has no notion of them: files in volumes that only containers of the service mount. A volume
 * is filled through a container that mounts it and is never started, so that no secret stands in an argv, an environment or a label. Names
 * come from the content: another secret is another volume, and containers that still run keep theirs.
 */

import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { EaselError } from '../../../core/model/errors.ts';
import { LABELS } from '../orchestrator.ts';
import type { SecretFile } from '../service.ts';
import { statusOf } from './api.ts';
import { type SecretVolume, secretMount, secretVolumes } from './container-spec.ts';
import type { OwnContainer, Place } from './containers.ts';
import type { Description } from './description.ts';
import { secretOwnership } from './spec.ts';

const FILLING_LABEL = 'org.easel.filling';

export interface SecretsWish {
  readonly description: Description;
  readonly secrets: readonly SecretFile[];
  readonly imageId: string;
  readonly existing: readonly OwnContainer[];
}

/** Those that no container mounts yet: they may be empty, or half filled by a command that was cut short. */
export async function fillSecretVolumes(place: Place, wish: SecretsWish): Promise<void> {
  const { description, secrets, imageId, existing } = wish;
  const mounted = existing.flatMap(({ info }) => info.Mounts.map(({ Name }) => Name));
  const volumes = secretVolumes(place.deployment, description).filter(({ name }) => !mounted.includes(name));
  if (volumes.length === 0) return;
  for (const volume of volumes) await createVolume(place, description.name, volume);
  const filler = await place.engine.createContainer({
    Image: imageId,
    Cmd: ['never-started'],
    Labels: { ...labels(place, description.name), [FILLING_LABEL]: 'yes' },
    NetworkDisabled: true,
    HostConfig: { Mounts: volumes.map((volume) => secretMount(volume, false)) as never },
  });
  try {
    for (const { directory, paths } of volumes) {
      const files = secrets.filter(({ path }) => paths.includes(path));
      await filler.putArchive(await archive(files, secretOwnership(description)), { path: directory });
    }
  } finally {
    await filler.remove({ v: true });
  }
}

/** Those of the service that `kept` does not need and no container uses. */
export async function removeSecretVolumes(
  place: Place,
  service: string,
  kept: Description | null,
): Promise<void> {
  await removeFillers(place, service);
  const names = kept === null ? [] : secretVolumes(place.deployment, kept).map(({ name }) => name);
  const { Volumes: found } = await place.engine.listVolumes({
    filters: { label: labelFilter(place, service) },
  });
  for (const { Name } of found) {
    if (names.includes(Name)) continue;
    try {
      await place.engine.getVolume(Name).remove();
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }
}

/** Creating one that is there answers that one. */
async function createVolume(place: Place, service: string, { name }: SecretVolume): Promise<void> {
  const wanted = labels(place, service);
  await place.engine.createVolume({ Name: name, Labels: wanted });
  const { Labels: found } = await place.engine.getVolume(name).inspect();
  if (Object.entries(wanted).some(([key, value]) => found?.[key] !== value))
    throw new EaselError(
      'conflict',
      `there is a volume ${name} that is not of this deployment: rename or remove it`,
    );
}

/** What a filling that was cut short has left. */
async function removeFillers(place: Place, service: string): Promise<void> {
  const label = [...labelFilter(place, service), FILLING_LABEL];
  const fillers = await place.engine.listContainers({ all: true, filters: { label } });
  for (const { Id } of fillers) await place.engine.getContainer(Id).remove({ v: true });
}

async function archive(
  files: readonly SecretFile[],
  ownership: { uid: number; gid: number; mode: number },
): Promise<Buffer> {
  const tar = pack();
  for (const { path, content } of files) tar.entry({ name: posix.basename(path), ...ownership }, content);
  tar.finalize();
  return await buffer(tar);
}

function labels({ deployment }: Place, service: string): Record<string, string> {
  return { [LABELS.deployment]: deployment, [LABELS.service]: service };
}

function labelFilter(place: Place, service: string): string[] {
  return Object.entries(labels(place, service)).map(([key, value]) => `${key}=${value}`);
}
