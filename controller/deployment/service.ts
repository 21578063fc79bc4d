/**
 * A service: one kind of process of Easel that runs in containers, as many alike as are wanted, in no engine's terms. Plain data;
 * plan-services.ts writes it from settings and registry, an orchestrator brings what runs into line with it.
 */
import type { Resources } from '../../core/model/task-type.ts';

export const SERVICE_ROLES = ['database', 'broker', 'scheduler', 'web', 'worker'] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

/** A file that only the processes of the service can read. Never in argv, in an environment, in an image or in a label. */
export interface SecretFile {
  /** Absolute, in the container. */
  readonly path: string;
  readonly content: string;
}

/** Where files outlive containers. */
export interface Mount {
  /** A directory of the host (absolute), a named volume, or a claim (Kubernetes). */
  readonly source: string;
  readonly kind: 'directory' | 'volume' | 'claim';
  /** Absolute, in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** At most this; in Kubernetes also at least. */
export interface Limits extends Resources {
  /** Processes and threads. */
  readonly pids: number;
}

export interface Port {
  readonly container: number;
  /** Where it can be reached from outside; null: only by the other services. */
  readonly published: { readonly address: string; readonly port: number } | null;
}

/** A command that ends with 0 while the service is well; it is given five seconds. */
export interface HealthCheck {
  readonly command: readonly string[];
  readonly everySeconds: number;
  /** How long it may fail before the first success. */
  readonly startSeconds: number;
}

export interface Service {
  /** Of all services of a deployment the only one: `worker-default`. A DNS label; the others find it by this name. */
  readonly name: string;
  readonly role: ServiceRole;
  /** Of workers. */
  readonly workerClass: string | null;
  /** As the engine knows it: `easel/worker:0.1.0`, `registry/name@sha256:…`. */
  readonly image: string;
  /** What follows the image's entry point. */
  readonly arguments: readonly string[];
  /** No secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretFile[];
  readonly mounts: readonly Mount[];
  readonly limits: Limits;
  readonly ports: readonly Port[];
  readonly health: HealthCheck | null;
  readonly replicas: number;
  /** How long it may take from SIGTERM to its end before it is killed. */
  readonly stopSeconds: number;
  /**
   * `own`: an image of ours; uid 10001, read-only root file system with a small /tmp, no capabilities. `foreign`: as the image of
   * a database or broker wants it. Neither ever gains privileges.
   */
  readonly image_kind: 'own' | 'foreign';
}

/** Uid and gid of all that runs from our images. */
export const CONTAINER_USER = 10_001;
