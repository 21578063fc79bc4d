/**
 * What containers of one engine and services of a swarm have in common, in the engine's words. Pure. What is ours runs without
 * privileges, on a root file system that cannot be written; what is foreign as its image wants, without gaining privileges.
 */
import { LABELS } from '../orchestrator.ts';
import { CONTAINER_USER, type HealthCheck, type Limits, type Mount } from '../service.ts';
import { type Description, writeDescription } from './description.ts';

/** Beside LABELS: the description itself, and of containers their number, from 1; 0 is never started. */
export const DESCRIPTION_LABEL = 'org.easel.description';
export const NUMBER_LABEL = 'org.easel.number';

export const OWN_USER = `${CONTAINER_USER}:${CONTAINER_USER}`;

/** Of the log that the engine keeps of one container; what matters is in Easel's own. */
export const LOG = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } } as const;

/** The engine's durations are nanoseconds. */
export const SECOND = 1_000_000_000;
const TMP_BYTES = 64 * 1024 * 1024;
const HEALTH_SECONDS = 5;
export const HEALTH_RETRIES = 3;

/** A name of the engine's; labels decide what is ours, the name is for people. */
export function engineName(deployment: string, ...parts: (string | number)[]): string {
  return ['easel', deployment.slice(0, 8), ...parts].join('-');
}

export function labelsOf(deployment: string, description: Description, revision: string) {
  const { name, role, workerClass } = description;
  return {
    [LABELS.deployment]: deployment,
    [LABELS.service]: name,
    [LABELS.role]: role,
    ...(workerClass === null ? {} : { [LABELS.workerClass]: workerClass }),
    [LABELS.revision]: revision,
    [DESCRIPTION_LABEL]: writeDescription(description),
  };
}

/** Those of the description; an image of ours is told what it is, for attempts to be recorded with. */
export function environmentOf({ environment, image, image_kind }: Description, imageId: string): string[] {
  const own = image_kind === 'own' ? { EASEL_IMAGE: `${image.replace(/@.*$/, '')}@${imageId}` } : {};
  return Object.entries({ ...environment, ...own }).map(([name, value]) => `${name}=${value}`);
}

/** The name that processes in it know as their host's; a swarm fills in the number itself. */
export function hostName(service: string, number: number | string): string {
  return `${service}-${number}`;
}

export function resourcesOf({ cpu, memory_gb, pids }: Limits) {
  return { nanoCpus: Math.round(cpu * SECOND), memoryBytes: Math.round(memory_gb * 1e9), pids };
}

export function healthOf({ command, everySeconds, startSeconds }: HealthCheck) {
  return {
    Test: ['CMD', ...command],
    Interval: everySeconds * SECOND,
    Timeout: HEALTH_SECONDS * SECOND,
    StartPeriod: startSeconds * SECOND,
    /** Engines before 25 do not know it, and look after one interval first. */
    StartInterval: SECOND,
    Retries: HEALTH_RETRIES,
  };
}

interface EngineMount {
  readonly Type: 'bind' | 'volume' | 'tmpfs';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

interface TmpfsMount extends EngineMount {
  readonly TmpfsOptions: { readonly SizeBytes: number; readonly Mode: number };
}

/** A directory must be there already: one that the engine makes belongs to root, and hides a misspelt path. */
export function mountsOf({ mounts, image_kind }: Description): (EngineMount | TmpfsMount)[] {
  return [...mounts.map(mountOf), ...(image_kind === 'own' ? [temporary] : [])];
}

const temporary: TmpfsMount = {
  Type: 'tmpfs',
  Source: '',
  Target: '/tmp',
  ReadOnly: false,
  TmpfsOptions: { SizeBytes: TMP_BYTES, Mode: 0o1777 },
};

function mountOf({ kind, source, target, readOnly }: Mount): EngineMount {
  return {
    Type: kind === 'directory' ? 'bind' : 'volume',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
  };
}

/**
 * Owner and mode of a secret file. As whom the processes of a foreign image run, only the image knows, so all within the container
 * may read it; others cannot reach where the engine keeps it.
 */
export function secretOwnership({ image_kind }: Description) {
  return image_kind === 'own'
    ? { uid: CONTAINER_USER, gid: CONTAINER_USER, mode: 0o400 }
    : { uid: 0, gid: 0, mode: 0o444 };
}
