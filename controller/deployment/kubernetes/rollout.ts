/**
 * Waiting until a service runs as described, or until it is certain that it cannot. The cluster goes on by itself whoever waits:
 * this only looks, says what is odd, and gives up when nothing has moved for long.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { EaselError } from '../../../core/model/errors.ts';
import type { Cluster } from './cluster.ts';
import { instanceOf, isStuck, whyStuck } from './pods.ts';
import type { Workload } from './workload.ts';

export interface RolloutTimes {
  readonly pollMs: number;
  /** Nothing has moved for so long: a node that pulls a large image, or starts, needs some of it. */
  readonly stallMs: number;
}

export const ROLLOUT_TIMES: RolloutTimes = { pollMs: 1_000, stallMs: 600_000 };

export interface Rollout {
  readonly service: string;
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly name: string;
  readonly times: RolloutTimes;
  readonly say: (line: string) => void;
}

export async function awaitRollout(cluster: Cluster, rollout: Rollout): Promise<void> {
  const { service, kind, name, times, say } = rollout;
  let seen = '';
  let said = '';
  let movedAt = performance.now();
  for (;;) {
    const workload: Workload | null = await cluster.read(kind, name);
    if (workload === null)
      throw new EaselError('conflict', `${service} was removed by somebody else while it started`);
    const pods = currentPods(workload, await cluster.list('Pod', selectorOf(workload)));
    const stuck = pods.find(isStuck);
    if (stuck !== undefined) throw whyStuck(service, stuck);
    if (isRolledOut(workload)) return;
    const trouble = troubleOf(workload, pods);
    const progress = `${service}: ${workload.status?.readyReplicas ?? 0} of ${workload.spec?.replicas} ready`;
    const now = JSON.stringify([workload.status, pods.map(({ status }) => status)]);
    if (now !== seen) movedAt = performance.now();
    seen = now;
    const line = trouble === null ? '' : `${progress}; ${trouble}`;
    if (line !== said && line !== '') say(line);
    said = line;
    if (performance.now() - movedAt > times.stallMs)
      throw new EaselError(
        'unavailable',
        `${progress}, and nothing has moved for ${Math.round(times.stallMs / 60_000)} minutes${trouble === null ? '' : `: ${trouble}`}; the cluster goes on trying, see kubectl describe ${kind} --namespace ${cluster.namespace} ${name}`,
      );
    await delay(times.pollMs);
  }
}

/** Until there are no more pods than wanted, those that still drain included. */
export async function awaitDrained(
  cluster: Cluster,
  { service, wanted, times, labels }: Drain,
): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  let movedAt = performance.now();
  for (;;) {
    const pods = (await cluster.list('Pod', labels)).filter((pod) => instanceOf(pod).state !== 'ended');
    if (pods.length <= wanted) return;
    if (pods.length < fewest) {
      fewest = pods.length;
      movedAt = performance.now();
    }
    const graceMs = Math.max(...pods.map(graceSecondsOf)) * 1_000;
    if (performance.now() - movedAt > graceMs + times.stallMs)
      throw new EaselError(
        'unavailable',
        `${service}: ${pods.length} pods are still there, though they should have ended: is their node away? kubectl get pods --namespace ${cluster.namespace} --output wide`,
      );
    await delay(times.pollMs);
  }
}

interface Drain {
  readonly service: string;
  readonly wanted: number;
  readonly times: RolloutTimes;
  readonly labels: Readonly<Record<string, string>>;
}

function graceSecondsOf(pod: V1Pod): number {
  return pod.spec?.terminationGracePeriodSeconds ?? 30;
}

function selectorOf(workload: Workload): Record<string, string> {
  return workload.spec?.selector.matchLabels ?? {};
}

/** Those made from the newest description: revision and last restart are written on them. */
export function currentPods(workload: Workload, pods: readonly V1Pod[]): V1Pod[] {
  const wanted = Object.entries(workload.spec?.template.metadata?.annotations ?? {});
  return pods.filter(
    ({ metadata }) =>
      metadata?.deletionTimestamp === undefined &&
      wanted.every(([key, value]) => metadata?.annotations?.[key] === value),
  );
}

function isRolledOut({ metadata, spec, status }: Workload): boolean {
  const wanted = spec?.replicas ?? 0;
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.readyReplicas ?? 0) === wanted
  );
}

function troubleOf({ status }: Workload, pods: readonly V1Pod[]): string | null {
  const refused = status?.conditions?.find(
    ({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True',
  );
  return refused?.message ?? pods.map((pod) => instanceOf(pod).message).find((text) => text !== null) ?? null;
}
