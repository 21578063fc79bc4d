/** What must be so before anything is made: the namespace, our rights in it, a version that can do it, the operator's claims. */
import { EaselError } from '../../../core/model/errors.ts';
import type { Service } from '../service.ts';
import { ApiError } from './api-errors.ts';
import type { Cluster } from './cluster.ts';
import { foreignClaims } from './volumes.ts';

const NEEDED = [
  { group: 'apps', resource: 'deployments', verb: 'patch' },
  { group: 'apps', resource: 'statefulsets', verb: 'patch' },
  { group: '', resource: 'services', verb: 'patch' },
  { group: '', resource: 'secrets', verb: 'patch' },
  { group: '', resource: 'pods', verb: 'list' },
  { group: 'policy', resource: 'poddisruptionbudgets', verb: 'patch' },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verb: 'patch' },
  { group: '', resource: 'persistentvolumeclaims', verb: 'create' },
];

export async function checkNamespace(cluster: Cluster): Promise<void> {
  const { namespace } = cluster;
  const found = await cluster.read('Namespace', namespace).catch((error: unknown) => {
    // Who works in one namespace only may not be allowed to look at it.
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  });
  if (found === null)
    throw new EaselError(
      'settings',
      `the cluster has no namespace ${namespace}: make it with \`kubectl create namespace ${namespace}\`, or name another in settings.yaml, containers.kubernetes.namespace`,
    );
}

export async function checkRights(cluster: Cluster): Promise<void> {
  const { namespace } = cluster;
  const answers = await Promise.all(
    NEEDED.map(async ({ group, resource, verb }) => {
      const { status } = await cluster.review({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace, group, resource, verb } },
      });
      return status?.allowed === true ? [] : [`${verb} ${resource}`];
    }),
  );
  const missing = answers.flat();
  if (missing.length > 0)
    throw new EaselError(
      'settings',
      `the cluster does not allow to ${missing.join(', ')} in namespace ${namespace}: have a Role given to this user; docs/kubernetes.md lists what it needs`,
    );
}

/** Pods on different nodes read and write the areas, so what holds them must be shared. */
export async function checkClaims(cluster: Cluster, service: Service): Promise<void> {
  for (const { name, writes } of foreignClaims(service)) {
    const claim = await cluster.read('PersistentVolumeClaim', name);
    if (claim === null)
      throw new EaselError(
        'settings',
        `${service.name} needs the claim ${name}, which namespace ${cluster.namespace} does not have: make it (access mode ReadWriteMany), or name another in settings.yaml, containers.input_area and containers.output_area`,
      );
    const modes = claim.spec?.accessModes ?? [];
    if (!modes.includes('ReadWriteMany') && (writes || !modes.includes('ReadOnlyMany')))
      throw new EaselError(
        'settings',
        `the claim ${name} can be used by one node only (${modes.join(', ')}); ${service.name} needs one with access mode ReadWriteMany: a file system that all nodes share`,
      );
  }
}
