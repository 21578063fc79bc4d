/** What runs of a deployment, read back from the cluster by its labels. */
import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { LABELS, type RunningService } from '../orchestrator.ts';
import { type Limits, SERVICE_ROLES } from '../service.ts';
import type { Cluster } from './cluster.ts';
import { ANNOTATIONS } from './names.ts';
import { instanceOf } from './pods.ts';
import type { Workload } from './workload.ts';

export const WORKLOADS = ['Deployment', 'StatefulSet'] as const;
export type WorkloadKind = (typeof WORKLOADS)[number];

const roleSchema = z.enum(SERVICE_ROLES);
const limitsSchema = z.object({
  cpu: z.number(),
  gpu: z.number(),
  memory_gb: z.number(),
  pids: z.number(),
});

export async function runningServices(
  cluster: Cluster,
  labels: Readonly<Record<string, string>>,
): Promise<RunningService[]> {
  const [deployments, statefulSets, pods] = await Promise.all([
    cluster.list('Deployment', labels),
    cluster.list('StatefulSet', labels),
    cluster.list('Pod', labels),
  ]);
  const podsOf = Map.groupBy(pods, (pod) => pod.metadata?.labels?.[LABELS.service]);
  return [...statefulSets, ...deployments].flatMap((workload) =>
    runningService(workload, podsOf.get(workload.metadata?.labels?.[LABELS.service]) ?? []),
  );
}

/** Nothing for what carries our label and yet was not made by us as it is. */
function runningService({ metadata, spec }: Workload, pods: readonly V1Pod[]): RunningService[] {
  const labels = metadata?.labels ?? {};
  const name = labels[LABELS.service];
  const role = roleSchema.safeParse(labels[LABELS.role]);
  if (name === undefined || !role.success) return [];
  const byName = (a: V1Pod, b: V1Pod) => (String(a.metadata?.name) < String(b.metadata?.name) ? -1 : 1);
  return [
    {
      name,
      role: role.data,
      workerClass: labels[LABELS.workerClass] ?? null,
      image: spec?.template.spec?.containers[0]?.image ?? '',
      revision: metadata?.annotations?.[ANNOTATIONS.revision] ?? '',
      replicas: spec?.replicas ?? 0,
      limits: limitsOf(metadata?.annotations?.[ANNOTATIONS.limits]),
      instances: [...pods].sort(byName).map(instanceOf),
    },
  ];
}

function limitsOf(text: string | undefined): Limits | null {
  try {
    return limitsSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}
