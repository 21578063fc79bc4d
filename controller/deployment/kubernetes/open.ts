/** The orchestrator of a deployment in Kubernetes, as settings and kubeconfig say where. Loading the client takes half a second. */
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { Cluster } from './cluster.ts';
import { KubernetesOrchestrator } from './kubernetes-orchestrator.ts';
import { ROLLOUT_TIMES } from './rollout.ts';

export async function openKubernetesOrchestrator({
  deployment,
  settings: { kubernetes: settings },
  environment,
  say,
}: {
  readonly deployment: string;
  readonly settings: ContainerSettings;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}): Promise<Orchestrator> {
  const cluster = await Cluster.open({ settings, environment });
  return new KubernetesOrchestrator({ deployment, settings, cluster, times: ROLLOUT_TIMES, say });
}
