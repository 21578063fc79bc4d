/** The kinds that the fake API server knows, and where they are. */
export interface Resource {
  readonly kind: string;
  readonly plural: string;
  /** Of the path: `api/v1`, `apis/apps/v1`. */
  readonly root: string;
  readonly namespaced: boolean;
}

const namespaced = true;

export const RESOURCES: readonly Resource[] = [
  { kind: 'Namespace', plural: 'namespaces', root: 'api/v1', namespaced: false },
  { kind: 'Pod', plural: 'pods', root: 'api/v1', namespaced },
  { kind: 'Service', plural: 'services', root: 'api/v1', namespaced },
  { kind: 'Secret', plural: 'secrets', root: 'api/v1', namespaced },
  { kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', root: 'api/v1', namespaced },
  { kind: 'Deployment', plural: 'deployments', root: 'apis/apps/v1', namespaced },
  { kind: 'StatefulSet', plural: 'statefulsets', root: 'apis/apps/v1', namespaced },
  { kind: 'NetworkPolicy', plural: 'networkpolicies', root: 'apis/networking.k8s.io/v1', namespaced },
  { kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', root: 'apis/policy/v1', namespaced },
  {
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    root: 'apis/authorization.k8s.io/v1',
    namespaced: false,
  },
];
