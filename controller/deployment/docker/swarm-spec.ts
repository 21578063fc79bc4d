/** A service of a swarm, as the engine wants to have it described. Pure. */
import type { CreateServiceOptions, SecretReference } from 'dockerode';
import { EaselError } from '../../../core/model/errors.ts';
import type { Port } from '../service.ts';
import type { Description } from './description.ts';
import {
  engineName,
  environmentOf,
  healthOf,
  hostName,
  LOG,
  labelsOf,
  mountsOf,
  OWN_USER,
  resourcesOf,
  SECOND,
  secretOwnership,
} from './spec.ts';

/** As `node-generic-resources` in the engines' daemon.json names them. */
const GPU_RESOURCE = 'NVIDIA-GPU';
/** How long the engine watches what it has replaced before it goes on. */
const WATCH_SECONDS = 2;

export interface SwarmWish {
  readonly deployment: string;
  readonly description: Description;
  readonly revision: string;
  readonly imageId: string;
  readonly network: string;
  /** Cores of the largest machine: engines refuse a limit beyond. */
  readonly cores: number;
  readonly replicas: number;
  readonly secrets: readonly SecretReference[];
  /** Another number than the last one replaces all tasks. */
  readonly force: number;
}

export function swarmName(deployment: string, service: string): string {
  return engineName(deployment, service);
}

export function swarmSpec(wish: SwarmWish): CreateServiceOptions {
  const { deployment, description, revision, network, replicas, force } = wish;
  return {
    Name: swarmName(deployment, description.name),
    Labels: labelsOf(deployment, description, revision),
    Mode: { Replicated: { Replicas: replicas } },
    TaskTemplate: {
      ContainerSpec: containerOf(wish),
      Resources: resources(wish),
      RestartPolicy: { Condition: 'any', Delay: 2 * SECOND },
      Networks: [{ Target: network, Aliases: [description.name] }],
      // A manager can crash when it is absent (moby/swarmkit#2947).
      Placement: {},
      LogDriver: { Name: LOG.driver, Options: LOG.options },
      ForceUpdate: force,
    },
    UpdateConfig: {
      Parallelism: 1,
      Order: 'stop-first',
      FailureAction: 'pause',
      Monitor: WATCH_SECONDS * SECOND,
      MaxFailureRatio: 0,
    },
    // Virtual addresses and the routing mesh need a kernel module that is not everywhere.
    EndpointSpec: { Mode: 'dnsrr', Ports: network === 'host' ? [] : portsOf(description) },
  };
}

function containerOf({ deployment, description, revision, imageId, secrets }: SwarmWish) {
  const { health, image_kind } = description;
  const privileges = { NoNewPrivileges: true };
  return {
    Image: description.image,
    Labels: labelsOf(deployment, description, revision),
    Hostname: hostName(description.name, '{{.Task.Slot}}'),
    Args: [...description.arguments],
    Env: environmentOf(description, imageId),
    ...(image_kind === 'own' ? { User: OWN_USER, ReadOnly: true, CapabilityDrop: ['ALL'] } : {}),
    // Older engines do not know it: swarm-orchestrator.ts says so.
    Privileges: privileges as object,
    Mounts: mountsOf(description) as never,
    Secrets: [...secrets],
    ...(health === null ? {} : { HealthCheck: healthOf(health) }),
    StopGracePeriod: description.stopSeconds * SECOND,
    Init: false,
  };
}

function resources({ description: { limits }, cores }: SwarmWish) {
  const { nanoCpus, memoryBytes, pids } = resourcesOf({ ...limits, cpu: Math.min(limits.cpu, cores) });
  const gpus = { DiscreteResourceSpec: { Kind: GPU_RESOURCE, Value: limits.gpu } };
  return {
    Limits: { NanoCPUs: nanoCpus, MemoryBytes: memoryBytes, Pids: pids },
    ...(limits.gpu > 0 ? { Reservations: { GenericResources: [gpus as object] } } : {}),
  };
}

/** A swarm opens a port at all addresses of its machines: nobody is given more than they asked for. */
function portsOf({ name, ports }: Description) {
  return ports.flatMap(({ container, published }) => {
    if (published === null) return [];
    if (!['0.0.0.0', '::'].includes(published.address))
      throw new EaselError(
        'settings',
        `${name}: a swarm cannot publish port ${published.port} at ${published.address} alone: publish it at 0.0.0.0, or not at all`,
      );
    return [portOf(container, published)];
  });
}

function portOf(container: number, { port }: NonNullable<Port['published']>) {
  return {
    Protocol: 'tcp' as const,
    TargetPort: container,
    PublishedPort: port,
    PublishMode: 'host' as const,
  };
}

/** How a secret that the swarm keeps becomes a file. */
export function secretReference(
  description: Description,
  { id, name, path }: { id: string; name: string; path: string },
): SecretReference {
  const { uid, gid, mode } = secretOwnership(description);
  return {
    SecretID: id,
    SecretName: name,
    File: { Name: path, UID: String(uid), GID: String(gid), Mode: mode },
  };
}
