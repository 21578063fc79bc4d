/**
 * The port behind which engines of containers stand. What belongs to a deployment carries its labels and is found by them, never
 * by its name; whatever does not carry them is not looked at, changed or removed.
 */
import type { Resources } from '../../core/model/task-type.ts';
import type { Limits, Service, ServiceRole } from './service.ts';

export const ORCHESTRATORS = ['docker', 'swarm', 'kubernetes'] as const;
export type OrchestratorKind = (typeof ORCHESTRATORS)[number];

export const LABELS = {
  /** Which deployment: the id that is kept in Easel's home. */
  deployment: 'org.easel.deployment',
  service: 'org.easel.service',
  role: 'org.easel.role',
  workerClass: 'org.easel.worker-class',
  /** SHA-256 of the service's description without its replicas: what has another one is replaced. */
  revision: 'org.easel.revision',
} as const;

export const INSTANCE_STATES = ['starting', 'running', 'stopping', 'ended'] as const;

/** One container, task or pod. */
export interface Instance {
  readonly id: string;
  /** The name that the processes in it know as their host's. */
  readonly host: string;
  readonly state: (typeof INSTANCE_STATES)[number];
  /** Null without a health check, and until it was looked at. */
  readonly healthy: boolean | null;
  /** Digest of the image it runs, `sha256:…`; null while the engine does not tell. */
  readonly imageDigest: string | null;
  /** Epoch milliseconds. */
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  /** It was ended, now or the last time, because it had no memory left. */
  readonly outOfMemory: boolean;
  /** The machine it runs on, and what the engine says when something is wrong. */
  readonly node: string | null;
  readonly message: string | null;
}

export interface RunningService {
  readonly name: string;
  readonly role: ServiceRole;
  readonly workerClass: string | null;
  readonly image: string;
  readonly revision: string;
  /** As many as are wanted. */
  readonly replicas: number;
  readonly limits: Limits | null;
  readonly instances: readonly Instance[];
}

export type Applied = 'created' | 'changed' | 'unchanged';

export interface Orchestrator {
  readonly kind: OrchestratorKind;

  /** Throws EaselError, with advice, where there is no engine, it refuses us, or it cannot do what is needed. */
  check(): Promise<void>;

  /** Of all its machines together. */
  capacity(): Promise<Resources>;

  /**
   * Brings what runs into line with the description: made when it is not there, left alone when it is as described, otherwise
   * replaced instance by instance, each draining first. Throws EaselError when there is no such image, naming it.
   */
  apply(service: Service): Promise<Applied>;

  list(): Promise<RunningService[]>;

  /**
   * To more: as those that run. To less: instances are drained; those on `busy` hosts last, where the engine lets us choose. To as many
   * as there are: what was ended is started again.
   */
  scale(name: string, replicas: number, busy?: ReadonlySet<string>): Promise<void>;

  /** Replaces all instances, one after another, each draining first, by what the image's name means now. Answers how many. */
  restart(name: string): Promise<number>;

  /** Drains and removes. Volumes and directories stay. */
  remove(name: string): Promise<void>;

  close(): Promise<void>;
}
