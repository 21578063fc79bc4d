/** One container of a service, as the engine wants to have it described. Pure. */
import { posix } from 'node:path';
import type { ContainerCreateOptions } from 'dockerode';
import { type Description, sha256 } from './description.ts';
import {
  engineName,
  environmentOf,
  healthOf,
  hostName,
  LOG,
  labelsOf,
  mountsOf,
  NUMBER_LABEL,
  OWN_USER,
  resourcesOf,
} from './spec.ts';

export interface ContainerWish {
  readonly deployment: string;
  readonly description: Description;
  readonly revision: string;
  readonly imageId: string;
  /** From 1; 0 is never started, and keeps the description of a service that has been scaled to nothing. */
  readonly number: number;
  readonly network: string;
  /** Cores of the machine: the engine refuses a limit beyond. */
  readonly cores: number;
}

export function containerName({ deployment, description, number }: ContainerWish): string {
  return engineName(deployment, description.name, number);
}

export function containerSpec(wish: ContainerWish): ContainerCreateOptions {
  const { deployment, description, revision, imageId, number } = wish;
  const { health, image_kind } = description;
  const isOnHost = wish.network === 'host';
  return {
    Hostname: hostName(description.name, number),
    Image: imageId,
    Cmd: [...description.arguments],
    Env: environmentOf(description, imageId),
    Labels: { ...labelsOf(deployment, description, revision), [NUMBER_LABEL]: String(number) },
    ...(image_kind === 'own' ? { User: OWN_USER } : {}),
    ...(health === null ? {} : { Healthcheck: healthOf(health) }),
    StopTimeout: description.stopSeconds,
    ExposedPorts: Object.fromEntries(description.ports.map(({ container }) => [`${container}/tcp`, {}])),
    HostConfig: hostConfig(wish),
    ...(isOnHost
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [wish.network]: { Aliases: [description.name] } } } }),
  };
}

function hostConfig({ deployment, description, network, cores }: ContainerWish) {
  const { limits, image_kind } = description;
  const { nanoCpus, memoryBytes, pids } = resourcesOf({ ...limits, cpu: Math.min(limits.cpu, cores) });
  return {
    NetworkMode: network,
    PortBindings: Object.fromEntries(
      description.ports.flatMap(({ container, published }) =>
        published === null
          ? []
          : [[`${container}/tcp`, [{ HostIp: published.address, HostPort: String(published.port) }]]],
      ),
    ),
    Mounts: [...mountsOf(description), ...secretMounts(deployment, description)] as never,
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    NanoCpus: nanoCpus,
    PidsLimit: pids,
    ...(limits.gpu > 0
      ? { DeviceRequests: [{ Driver: '', Count: limits.gpu, Capabilities: [['gpu']] }] }
      : {}),
    ReadonlyRootfs: image_kind === 'own',
    ...(image_kind === 'own' ? { CapDrop: ['ALL'] } : {}),
    SecurityOpt: ['no-new-privileges'],
    RestartPolicy: { Name: 'unless-stopped' },
    // Our images bring an init of their own, others know what they do.
    Init: false,
    LogConfig: { Type: LOG.driver, Config: LOG.options },
  };
}

/** Secret files are kept in volumes, one for each directory that has some. */
export interface SecretVolume {
  readonly name: string;
  readonly directory: string;
  readonly paths: readonly string[];
}

/** Named by what is in them: another content is another volume. */
export function secretVolumes(deployment: string, { name, secrets }: Description): SecretVolume[] {
  const byDirectory = Map.groupBy(secrets, ({ path }) => posix.dirname(path));
  return [...byDirectory].map(([directory, files]) => ({
    name: engineName(deployment, name, 'secrets', contentHash(files)),
    directory,
    paths: files.map(({ path }) => path),
  }));
}

function contentHash(files: Description['secrets']): string {
  return sha256(files.map(({ path, fingerprint }) => `${path} ${fingerprint}`).join('\n')).slice(0, 16);
}

export function secretMount({ name, directory }: SecretVolume, readOnly: boolean) {
  return {
    Type: 'volume',
    Source: name,
    Target: directory,
    ReadOnly: readOnly,
    VolumeOptions: { NoCopy: true },
  };
}

function secretMounts(deployment: string, description: Description) {
  return secretVolumes(deployment, description).map((volume) => secretMount(volume, true));
}
