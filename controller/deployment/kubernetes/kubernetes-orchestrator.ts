/**
 * The port of orchestrators on Kubernetes. What is wanted is handed to the cluster by server-side apply, which alone decides
 * whether it is anything new; the cluster replaces pods, and we wait and look.
 */
import type { KubernetesObject } from '@kubernetes/client-node';
import { EaselError } from '../../../core/model/errors.ts';
import type { Resources } from '../../../core/model/task-type.ts';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import { type Applied, LABELS, type Orchestrator, type RunningService } from '../orchestrator.ts';
import type { Service } from '../service.ts';
import type { Cluster, Kind } from './cluster.ts';
import { manifestsOf } from './manifests.ts';
import { ANNOTATIONS, objectName, selectorOf } from './names.ts';
import { place } from './placed.ts';
import { isStuck } from './pods.ts';
import { checkClaims, checkNamespace, checkRights } from './prerequisites.ts';
import { awaitDrained, awaitRollout, currentPods, type RolloutTimes } from './rollout.ts';
import { runningServices, WORKLOADS, type WorkloadKind } from './running.ts';
import type { Workload } from './workload.ts';

/** Beside the workload, in the order in which they go. Not claims: what they hold stays. */
const SURROUNDINGS = ['PodDisruptionBudget', 'Service', 'NetworkPolicy', 'Secret'] as const;
/** The controller ends pods with lower costs first; idle ones have none. */
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const BUSY_COST = '1000';

export interface Parts {
  readonly deployment: string;
  readonly settings: ContainerSettings['kubernetes'];
  readonly cluster: Cluster;
  readonly times: RolloutTimes;
  readonly say: (line: string) => void;
}

export class KubernetesOrchestrator implements Orchestrator {
  readonly kind = 'kubernetes';
  readonly #parts: Parts;
  readonly #cluster: Cluster;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#cluster = parts.cluster;
  }

  async check(): Promise<void> {
    await checkNamespace(this.#cluster);
    await checkRights(this.#cluster);
  }

  /** A cluster may grow, and belongs to others too: a quota of the namespace bounds what we take. */
  capacity(): Promise<Resources> {
    const message =
      'a cluster has no size to take a share of: give --replicas, and bound the namespace by a ResourceQuota';
    return Promise.reject(new EaselError('usage', message));
  }

  async apply(service: Service): Promise<Applied> {
    const { deployment, settings } = this.#parts;
    const { claims, secret, surroundings, workload } = manifestsOf(place(deployment, service, settings));
    const around = [...(secret === null ? [] : [secret]), ...surroundings];
    await checkClaims(this.#cluster, service);
    for (const object of around) await this.#ours(object);
    const before = await this.#ours(workload);
    for (const claim of claims) await this.#cluster.createIfMissing(claim);
    for (const object of around) await this.#cluster.apply(object);
    const kind = workload.kind as WorkloadKind;
    const name = objectName(deployment, service.name);
    const after = await this.#cluster.apply(workload);
    const isSame = before?.metadata?.generation === after.metadata?.generation;
    if (isSame) await this.#tryAnew(service.name, after);
    await this.#awaitRollout(service.name, kind, name);
    const kept = around.map((object) => `${object.kind} ${object.metadata?.name}`);
    await this.#removeAll(service.name, SURROUNDINGS, kept);
    if (before === null) return 'created';
    return isSame ? 'unchanged' : 'changed';
  }

  async list(): Promise<RunningService[]> {
    return await runningServices(this.#cluster, selectorOf(this.#parts.deployment));
  }

  async scale(name: string, replicas: number, busy?: ReadonlySet<string>): Promise<void> {
    const { kind, workload } = await this.#find(name);
    const object = String(workload.metadata?.name);
    if (kind === 'Deployment' && busy !== undefined && replicas < (workload.spec?.replicas ?? 0))
      await this.#spare(name, busy);
    await this.#cluster.merge(kind, object, { spec: { replicas } });
    await this.#awaitRollout(name, kind, object);
    await this.#awaitDrained(name, replicas);
  }

  async restart(name: string): Promise<number> {
    const { kind, workload } = await this.#find(name);
    const object = String(workload.metadata?.name);
    const annotations = { [ANNOTATIONS.restarted]: new Date().toISOString() };
    await this.#cluster.merge(kind, object, { spec: { template: { metadata: { annotations } } } });
    await this.#awaitRollout(name, kind, object);
    return workload.spec?.replicas ?? 0;
  }

  /** Also of what an earlier removal, or an interrupted start, has left. */
  async remove(name: string): Promise<void> {
    let removed = await this.#removeAll(name, WORKLOADS, []);
    await this.#awaitDrained(name, 0);
    removed += await this.#removeAll(name, SURROUNDINGS, []);
    if (removed === 0) throw this.#unknown(name);
  }

  async close(): Promise<void> {
    await this.#cluster.close();
  }

  /** What is there under the name, which somebody else may have chosen too. */
  async #ours<T extends KubernetesObject>({ kind, metadata }: T): Promise<T | null> {
    const { deployment } = this.#parts;
    const name = String(metadata?.name);
    const found: KubernetesObject | null = await this.#cluster.read(kind as Kind, name);
    if (found === null || found.metadata?.labels?.[LABELS.deployment] === deployment)
      return found as T | null;
    throw new EaselError(
      'conflict',
      `namespace ${this.#cluster.namespace} has a ${kind} ${name} that is not of this deployment; nothing was changed. Use another namespace: containers.kubernetes.namespace in settings.yaml`,
    );
  }

  async #find(name: string): Promise<{ kind: WorkloadKind; workload: Workload }> {
    for (const kind of WORKLOADS) {
      const [workload] = await this.#cluster.list(kind, this.#labels(name));
      if (workload !== undefined) return { kind, workload };
    }
    throw this.#unknown(name);
  }

  #unknown(name: string): EaselError {
    return new EaselError(
      'not_found',
      `the deployment has no service ${name} in namespace ${this.#cluster.namespace}`,
    );
  }

  /** The kubelet looks ever more seldom whether there is an image by now: a new pod asks at once. */
  async #tryAnew(service: string, workload: Workload): Promise<void> {
    const pods = await this.#pods(service);
    for (const pod of currentPods(workload, pods).filter(isStuck))
      await this.#cluster.remove('Pod', String(pod.metadata?.name));
  }

  async #spare(service: string, busy: ReadonlySet<string>): Promise<void> {
    for (const { metadata, spec } of await this.#pods(service)) {
      const name = String(metadata?.name);
      const cost = busy.has(spec?.hostname ?? name) ? BUSY_COST : null;
      if ((metadata?.annotations?.[DELETION_COST] ?? null) === cost) continue;
      await this.#cluster.merge('Pod', name, { metadata: { annotations: { [DELETION_COST]: cost } } });
    }
  }

  /** Answers how many objects of the service were there and not among those to keep. */
  async #removeAll(service: string, kinds: readonly Kind[], kept: readonly string[]): Promise<number> {
    let removed = 0;
    for (const kind of kinds)
      for (const { metadata } of await this.#cluster.list(kind, this.#labels(service))) {
        const name = String(metadata?.name);
        if (kept.includes(`${kind} ${name}`)) continue;
        await this.#cluster.remove(kind, name);
        removed += 1;
      }
    return removed;
  }

  async #pods(service: string) {
    return await this.#cluster.list('Pod', this.#labels(service));
  }

  #labels(service: string): Record<string, string> {
    return selectorOf(this.#parts.deployment, service);
  }

  async #awaitRollout(service: string, kind: WorkloadKind, name: string): Promise<void> {
    const { times, say } = this.#parts;
    await awaitRollout(this.#cluster, { service, kind, name, times, say });
  }

  async #awaitDrained(service: string, wanted: number): Promise<void> {
    const { times } = this.#parts;
    await awaitDrained(this.#cluster, { service, wanted, times, labels: this.#labels(service) });
  }
}
