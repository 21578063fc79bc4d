/** What a pod says about itself: as an instance of a service, and whether it can ever run. Pure. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { EaselError } from '../../../core/model/errors.ts';
import type { Instance } from '../orchestrator.ts';

const DIGEST = /sha256:[0-9a-f]{64}/;
const OUT_OF_MEMORY = 'OOMKilled';
const NO_IMAGE = [
  ...['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'],
];
const NO_CONTAINER = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];
/** Reasons of what goes well. */
const USUAL = ['ContainerCreating', 'PodInitializing', 'Completed'];
/** So often a container may end in a row before we say that it does nothing else. */
const ENDINGS = 3;

export function instanceOf(pod: V1Pod): Instance {
  const status = containerOf(pod);
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  const reasons = [status?.state?.terminated?.reason, status?.lastState?.terminated?.reason];
  return {
    id: pod.metadata?.uid ?? '',
    host: pod.spec?.hostname ?? pod.metadata?.name ?? '',
    state: stateOf(pod, status),
    healthy: healthOf(pod, status),
    imageDigest: DIGEST.exec(status?.imageID ?? '')?.[0] ?? null,
    startedAt: status?.state?.running?.startedAt?.getTime() ?? null,
    restarts: status?.restartCount ?? 0,
    exitCode: ended?.exitCode ?? null,
    outOfMemory: reasons.includes(OUT_OF_MEMORY),
    node: pod.spec?.nodeName ?? null,
    message: messageOf(pod, status),
  };
}

function containerOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

function stateOf(pod: V1Pod, status: V1ContainerStatus | undefined): Instance['state'] {
  if (pod.metadata?.deletionTimestamp !== undefined) return 'stopping';
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 'ended';
  return status?.state?.running !== undefined && status.started !== false ? 'running' : 'starting';
}

/** Ready is what passes its checks; until the first success nothing is known. */
function healthOf(pod: V1Pod, status: V1ContainerStatus | undefined): boolean | null {
  const container = pod.spec?.containers[0];
  if (container?.livenessProbe === undefined || status?.started !== true) return null;
  return status.ready;
}

function messageOf(pod: V1Pod, status: V1ContainerStatus | undefined): string | null {
  const { waiting, terminated } = status?.state ?? {};
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status: holds }) => type === 'PodScheduled' && holds === 'False',
  );
  for (const part of [waiting, terminated, unscheduled, pod.status]) {
    const { reason, message } = part ?? {};
    if (reason !== undefined && !USUAL.includes(reason))
      return message === undefined ? reason : `${reason}: ${message}`;
  }
  return null;
}

/** It will not run without somebody's help; the kubelet tries again all the same. */
export function isStuck(pod: V1Pod): boolean {
  const reason = containerOf(pod)?.state?.waiting?.reason ?? '';
  return NO_IMAGE.includes(reason) || NO_CONTAINER.includes(reason) || endsAgainAndAgain(pod);
}

function endsAgainAndAgain(pod: V1Pod): boolean {
  const status = containerOf(pod);
  return status?.state?.waiting?.reason === 'CrashLoopBackOff' && status.restartCount >= ENDINGS;
}

export function whyStuck(service: string, pod: V1Pod): EaselError {
  const status = containerOf(pod);
  const { reason = '', message = reason } = status?.state?.waiting ?? {};
  const image = pod.spec?.containers[0]?.image ?? '';
  if (NO_IMAGE.includes(reason))
    return new EaselError(
      'not_found',
      `${service}: the nodes of the cluster cannot get the image ${image}: ${message}; push it to a registry that they reach (containers.images in settings.yaml names it, containers.kubernetes.image_pull_secrets the secrets to pull it with), or put it on every node`,
    );
  if (NO_CONTAINER.includes(reason))
    return new EaselError(
      'settings',
      `${service}: no container can be made from the image ${image}: ${reason}: ${message}`,
    );
  const { exitCode, reason: end } = status?.lastState?.terminated ?? {};
  const how = end === OUT_OF_MEMORY ? 'it has no memory left' : `exit code ${exitCode ?? 'unknown'}`;
  return new EaselError(
    'unavailable',
    `${service}: its container ends again and again (${how}), or is ended because it fails its health check; read its log: kubectl logs --namespace ${pod.metadata?.namespace} --previous ${pod.metadata?.name}`,
  );
}
