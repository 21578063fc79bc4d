/**
 * What the controllers and kubelets of a cluster would do, one small step at each look: pods appear, pull their image, become
 * ready or fail as their image is fated to, and give way to newer ones as the strategy allows.
 */

import type { Wire } from './schema.ts';
import type { Store } from './store.ts';

export const DIGEST = `sha256:${'5e'.repeat(32)}`;

/** So many looks pass between two acts of a controller: whoever polls sees every state there is. */
const BETWEEN = 5;

/** What becomes of the containers of an image; without one they run. */
export type Fate = 'missing' | 'misconfigured' | 'crashes' | 'out of memory' | 'unschedulable' | 'slow';

export class Controllers {
  readonly fates = new Map<string, Fate>();
  /** While it is so, what is asked to stop does not end. */
  isDraining = false;
  readonly #store: Store;
  /** The generation that was looked at last: a controller learns of a change a little late. */
  readonly #seen = new Map<string, number>();
  #made = 0;
  #looks = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  step(): void {
    this.#looks += 1;
    for (const pod of this.#store.all('Pod')) this.#stepPod(pod);
    for (const kind of ['Deployment', 'StatefulSet'])
      for (const workload of this.#store.all(kind)) this.#stepWorkload(workload);
  }

  #stepPod(pod: Wire): void {
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!this.isDraining) this.#store.delete('Pod', pod.metadata.name);
      return;
    }
    if (pod.status.phase === 'Failed') return;
    const next = structuredClone(pod);
    next.status = statusOf(pod, this.fates.get(pod.spec.containers[0].image));
    this.#store.put(next);
  }

  #stepWorkload(workload: Wire): void {
    const { kind, metadata, spec } = workload;
    const isNews = this.#seen.get(metadata.name) !== metadata.generation;
    this.#seen.set(metadata.name, metadata.generation);
    if (isNews) return;
    const pods = this.#podsOf(workload);
    const live = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    if (metadata.deletionTimestamp !== undefined) {
      for (const pod of live) this.#stop(pod);
      if (pods.length === 0) this.#store.delete(kind, metadata.name);
      return;
    }
    const template = JSON.stringify(spec.template);
    const isNew = (pod: Wire) => pod.metadata.annotations['fake/template'] === template;
    const { maxSurge = 0, maxUnavailable = 1 } = spec.strategy?.rollingUpdate ?? {};
    const ready = live.filter(isReady).length;
    const old = live.filter((pod) => !isNew(pod));
    // What it has seen is what it tells, before it acts.
    const next = structuredClone(workload);
    next.status = {
      observedGeneration: metadata.generation,
      replicas: live.length,
      updatedReplicas: live.length - old.length,
      readyReplicas: ready,
      availableReplicas: ready,
    };
    this.#store.put(next);
    if (this.#looks % BETWEEN !== 0) return;
    const surplus = live.length - spec.replicas;
    const fresh = live.length - old.length;
    if (fresh < spec.replicas && live.length < spec.replicas + maxSurge) this.#start(workload, template);
    else if (old.length > 0) {
      const goes =
        old.find((pod) => !isReady(pod)) ?? (ready - 1 >= spec.replicas - maxUnavailable && old[0]);
      if (goes) this.#stop(goes);
    } else if (surplus > 0) this.#stop([...live].sort(cheapestFirst)[0]);
  }

  #podsOf({ spec }: Wire): Wire[] {
    return this.#store
      .all('Pod')
      .filter(
        ({ metadata, status }) =>
          status.phase !== 'Failed' &&
          Object.entries(spec.selector.matchLabels).every(([key, value]) => metadata.labels[key] === value),
      );
  }

  #start({ kind, metadata, spec }: Wire, template: string): void {
    const name = kind === 'StatefulSet' ? `${metadata.name}-0` : `${metadata.name}-5fd7c-${++this.#made}`;
    if (this.#store.get('Pod', name) !== undefined) return;
    this.#store.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: metadata.namespace,
        labels: spec.template.metadata.labels,
        annotations: { ...spec.template.metadata.annotations, 'fake/template': template },
      },
      spec: structuredClone(spec.template.spec),
      status: { phase: 'Pending', conditions: [] },
    });
  }

  #stop(pod: Wire): void {
    const next = structuredClone(pod);
    next.metadata.deletionTimestamp = new Date().toISOString();
    this.#store.put(next);
  }
}

function isReady(pod: Wire): boolean {
  return pod.status.containerStatuses?.[0]?.ready === true;
}

function cheapestFirst(a: Wire, b: Wire): number {
  const cost = ({ metadata }: Wire) =>
    Number(metadata.annotations['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number(isReady(a)) - Number(isReady(b)) || cost(a) - cost(b);
}

/** The next of what a pod goes through: unseen, its image pulled, running; or over and over what its fate is. */
function statusOf(pod: Wire, fate: Fate | undefined): Wire {
  const before = pod.status.containerStatuses?.[0];
  const image = pod.spec.containers[0].image;
  const container = {
    name: pod.spec.containers[0].name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: before?.restartCount ?? 0,
  };
  const pending = (changes: object) => ({
    phase: 'Pending',
    containerStatuses: [{ ...container, ...changes }],
  });
  const waiting = (reason: string, message?: string) => pending({ state: { waiting: { reason, message } } });
  if (fate === 'unschedulable') {
    const message = '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.';
    return {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    };
  }
  if (before === undefined) return waiting('ContainerCreating');
  // The kubelet waits for minutes before it asks for the image again.
  if (before.state.waiting?.reason === 'ImagePullBackOff') return pod.status;
  if (fate === 'missing') {
    const message = `failed to pull and unpack image "${image}": not found`;
    const first = before.state.waiting?.reason === 'ContainerCreating';
    return waiting(first ? 'ErrImagePull' : 'ImagePullBackOff', message);
  }
  if (fate === 'misconfigured') return waiting('CreateContainerConfigError', 'secret "x" not found');
  if (fate === 'slow') return waiting('ContainerCreating');
  const running = { running: { startedAt: before.state.running?.startedAt ?? new Date().toISOString() } };
  const up = { ready: true, started: true, imageID: `example.org/image@${DIGEST}`, state: running };
  if (fate === undefined)
    return {
      phase: 'Running',
      containerStatuses: [{ ...container, ...up, lastState: before.lastState ?? {} }],
    };
  const end =
    fate === 'out of memory' ? { exitCode: 137, reason: 'OOMKilled' } : { exitCode: 1, reason: 'Error' };
  return pending({
    restartCount: container.restartCount + 1,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
    lastState: { terminated: end },
  });
}
