/**
 * What keeps the pods of a service running: a StatefulSet for database and broker, which have a disk and a name of their own, a
 * Deployment for all else. Workers give way one by one, so that no more is needed than runs already; scheduler and dashboard are
 * replaced by what is ready.
 */
import type { V1Deployment, V1PodDisruptionBudget, V1StatefulSet } from '@kubernetes/client-node';
import { ANNOTATIONS, labelsOf, objectName, selectorOf } from './names.ts';
import type { Placed } from './placed.ts';
import { podTemplateOf } from './pod.ts';
import { isStateful } from './volumes.ts';

export type Workload = V1Deployment | V1StatefulSet;

export function workloadOf(placed: Placed): Workload {
  const { deployment, service, revision } = placed;
  const metadata = {
    name: objectName(deployment, service.name),
    labels: labelsOf(placed),
    annotations: {
      [ANNOTATIONS.revision]: revision,
      [ANNOTATIONS.limits]: JSON.stringify(service.limits),
    },
  };
  const spec = {
    replicas: service.replicas,
    revisionHistoryLimit: 2,
    selector: { matchLabels: selectorOf(deployment, service.name) },
    template: podTemplateOf(placed),
  };
  if (isStateful(service)) {
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        ...spec,
        serviceName: service.name,
        // With `OrderedReady` a pod that never became ready would not be replaced by one that is described better.
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
      },
    };
  }
  const rollingUpdate =
    service.role === 'worker' ? { maxUnavailable: 1, maxSurge: 0 } : { maxUnavailable: 0, maxSurge: 1 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { ...spec, strategy: { type: 'RollingUpdate', rollingUpdate } },
  };
}

/** When nodes are emptied, workers and dashboards go one at a time. */
export function disruptionBudgetOf(placed: Placed): V1PodDisruptionBudget | null {
  const { deployment, service } = placed;
  if (service.role !== 'worker' && service.role !== 'web') return null;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: objectName(deployment, service.name), labels: labelsOf(placed) },
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(deployment, service.name) } },
  };
}
