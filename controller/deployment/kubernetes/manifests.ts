/** All that a service is in Kubernetes, in the order in which it is made. Pure: the same description gives the same objects. */
import type {
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node';
import { innerServiceOf, networkPolicyOf, outerServiceOf } from './network.ts';
import type { Placed } from './placed.ts';
import { secretOf } from './secret.ts';
import { claimsOf } from './volumes.ts';
import { disruptionBudgetOf, type Workload, workloadOf } from './workload.ts';

/** What is brought into line before the pods. */
type Surrounding = V1Service | V1NetworkPolicy | V1PodDisruptionBudget;

export interface Manifests {
  /** Made when they are not there, never changed. */
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly secret: V1Secret | null;
  readonly surroundings: readonly Surrounding[];
  readonly workload: Workload;
}

export function manifestsOf(placed: Placed): Manifests {
  return {
    claims: claimsOf(placed),
    secret: secretOf(placed),
    surroundings: [
      innerServiceOf(placed),
      outerServiceOf(placed),
      networkPolicyOf(placed),
      disruptionBudgetOf(placed),
    ].filter((object) => object !== null),
    workload: workloadOf(placed),
  };
}
