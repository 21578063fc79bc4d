/** A fake cluster with the operator's claims in it, and orchestrators that work there without waiting long. */
import { Cluster } from '../../../controller/deployment/kubernetes/cluster.ts';
import { KubernetesOrchestrator } from '../../../controller/deployment/kubernetes/kubernetes-orchestrator.ts';
import type { Orchestrator } from '../../../controller/deployment/orchestrator.ts';
import { FakeApiServer } from './fake-api-server.ts';
import type { Wire } from './schema.ts';
import { DEPLOYMENT } from './services.ts';

interface Opening {
  readonly deployment?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly namespace?: string;
  readonly context?: string;
  readonly requestMs?: number;
}

export class KubernetesStage implements AsyncDisposable {
  readonly server: FakeApiServer;
  readonly said: string[] = [];
  readonly #opened: Orchestrator[] = [];

  private constructor(server: FakeApiServer) {
    this.server = server;
  }

  static async open(): Promise<KubernetesStage> {
    const stage = new KubernetesStage(await FakeApiServer.start());
    stage.addClaim('archive', ['ReadOnlyMany']);
    stage.addClaim('products', ['ReadWriteMany']);
    return stage;
  }

  async orchestrator({
    deployment = DEPLOYMENT,
    environment = this.server.environment(),
    namespace = this.server.namespace,
    context,
    requestMs = 10_000,
  }: Opening = {}): Promise<Orchestrator> {
    const settings = { namespace, context, storage_gb: 20, image_pull_secrets: [] };
    const cluster = await Cluster.open({ settings, environment, times: { requestMs, backOffMs: 5 } });
    const orchestrator = new KubernetesOrchestrator({
      ...{ deployment, settings, cluster },
      times: { pollMs: 2, stallMs: 700 },
      say: (line) => this.said.push(line),
    });
    this.#opened.push(orchestrator);
    return orchestrator;
  }

  addClaim(name: string, accessModes: readonly string[]): void {
    this.server.store.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: this.server.namespace },
      spec: { accessModes, resources: { requests: { storage: '1T' } } },
    });
  }

  /** What there is, as `Kind name`. */
  get objects(): string[] {
    const kinds = ['Deployment', 'StatefulSet', 'Service', 'NetworkPolicy', 'PodDisruptionBudget', 'Secret'];
    return [...kinds, 'PersistentVolumeClaim', 'Pod'].flatMap((kind) =>
      this.server.store.all(kind).map(({ metadata }: Wire) => `${kind} ${metadata.name}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const orchestrator of this.#opened) await orchestrator.close();
    await this.server.stop();
  }
}
