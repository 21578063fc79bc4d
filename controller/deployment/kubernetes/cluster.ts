/**
 * One namespace of a cluster, through its API: reading, applying and removing objects. Every request has a time limit; what is busy
 * or away for a moment is asked again a few times; what is refused becomes an EaselError.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  KubernetesObject,
  KubernetesObjectApi,
  V1Deployment,
  V1Namespace,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1SelfSubjectAccessReview,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import { type Asked, answerOf, explain, isPassing, NoAnswer } from './api-errors.ts';
import { loadKubeConfig } from './kubeconfig.ts';
import { FIELD_MANAGER } from './names.ts';

interface Kinds {
  Deployment: V1Deployment;
  StatefulSet: V1StatefulSet;
  Service: V1Service;
  Secret: V1Secret;
  PersistentVolumeClaim: V1PersistentVolumeClaim;
  Pod: V1Pod;
  Namespace: V1Namespace;
  NetworkPolicy: V1NetworkPolicy;
  PodDisruptionBudget: V1PodDisruptionBudget;
}

export type Kind = keyof Kinds;

const API_VERSIONS: Record<Kind, string> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  Service: 'v1',
  Secret: 'v1',
  PersistentVolumeClaim: 'v1',
  Pod: 'v1',
  Namespace: 'v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
};

const PAGE = 500;

export interface ClusterTimes {
  /** Of one request. */
  readonly requestMs: number;
  /** Before the second try; twice as long before each further one. */
  readonly backOffMs: number;
}

const TIMES: ClusterTimes = { requestMs: 15_000, backOffMs: 250 };
const TRIES = 4;

interface Opening {
  readonly settings: ContainerSettings['kubernetes'];
  readonly environment: NodeJS.ProcessEnv;
  readonly times?: ClusterTimes;
}

export class Cluster {
  readonly namespace: string;
  readonly #server: string;
  readonly #api: KubernetesObjectApi;
  readonly #times: ClusterTimes;
  readonly #strategies: typeof import('@kubernetes/client-node').PatchStrategy;
  readonly #close: () => Promise<void>;

  static async open({ settings, environment, times = TIMES }: Opening): Promise<Cluster> {
    const library = await import('@kubernetes/client-node');
    const config = loadKubeConfig(library.KubeConfig, environment, settings.context);
    return new Cluster(library, config, { namespace: settings.namespace, times });
  }

  private constructor(
    library: typeof import('@kubernetes/client-node'),
    config: InstanceType<typeof library.KubeConfig>,
    { namespace, times }: { namespace: string; times: ClusterTimes },
  ) {
    this.namespace = namespace;
    this.#times = times;
    this.#server = config.getCurrentCluster()?.server ?? '';
    this.#strategies = library.PatchStrategy;
    // The client would make connections of their own for each request: those of the first serve all.
    let connections: ReturnType<InstanceType<typeof library.RequestContext>['getDispatcher']>;
    this.#close = async () => {
      await connections?.close();
    };
    const middleware = {
      pre: async (request: InstanceType<typeof library.RequestContext>) => {
        const own = request.getDispatcher();
        connections ??= own;
        if (connections !== undefined) request.setDispatcher(connections);
        const limit = new AbortController();
        setTimeout(() => limit.abort(new NoAnswer()), times.requestMs).unref();
        request.setSignal(limit.signal);
        return request;
      },
      post: async (response: InstanceType<typeof library.ResponseContext>) => response,
    };
    this.#api = new library.KubernetesObjectApi(
      library.createConfiguration({
        baseServer: new library.ServerConfiguration(this.#server, {}),
        authMethods: { default: config },
        promiseMiddleware: [middleware],
      }),
    );
  }

  /** Null when it is not there. */
  async read<K extends Kind>(kind: K, name: string): Promise<Kinds[K] | null> {
    return await this.#ask(`read ${kind} ${name}`, () =>
      unlessMissing(this.#api.read<Kinds[K]>(this.#named(kind, name))),
    );
  }

  async list<K extends Kind>(kind: K, labels: Readonly<Record<string, string>>): Promise<Kinds[K][]> {
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const items: Kinds[K][] = [];
    let next: string | undefined;
    do {
      const page = await this.#ask(
        `list ${kind}s`,
        async () =>
          await this.#api.list<Kinds[K]>(
            ...[API_VERSIONS[kind], kind, this.namespace, undefined, undefined, undefined, undefined],
            ...([selector, PAGE, next] as const),
          ),
      );
      items.push(...page.items);
      next = page.metadata?._continue || undefined;
    } while (next !== undefined);
    return items;
  }

  /** Server-side apply: what we say is so, what others have added stays. */
  async apply<T extends KubernetesObject>(object: T): Promise<T> {
    return await this.#ask(`apply ${object.kind} ${object.metadata?.name}`, async () =>
      this.#api.patch<T>(
        this.#placed(object),
        ...([undefined, undefined, FIELD_MANAGER, true, this.#strategies.ServerSideApply] as const),
      ),
    );
  }

  /** Leaves alone what is there already. */
  async createIfMissing(object: KubernetesObject): Promise<void> {
    await this.#ask(`create ${object.kind} ${object.metadata?.name}`, async () => {
      const made = this.#api.create(this.#placed(object), undefined, undefined, FIELD_MANAGER);
      await made.catch((error: unknown) => {
        if (answerOf(error)?.status !== 409) throw error;
      });
    });
  }

  /** Asks the cluster whether we may do something in the namespace. */
  async review(object: V1SelfSubjectAccessReview): Promise<V1SelfSubjectAccessReview> {
    return await this.#ask('ask what we may do', async () => this.#api.create(object));
  }

  /** JSON merge patch. */
  async merge(kind: Kind, name: string, change: object): Promise<void> {
    await this.#ask(`change ${kind} ${name}`, async () =>
      this.#api.patch(
        { ...change, ...this.#named(kind, name, change) },
        ...([undefined, undefined, FIELD_MANAGER, undefined, this.#strategies.MergePatch] as const),
      ),
    );
  }

  /** `Foreground`: it is there until all that it owns is gone. Fine when it is not there. */
  async remove(kind: Kind, name: string): Promise<void> {
    await this.#ask(`remove ${kind} ${name}`, async () => {
      const nothing = undefined;
      await unlessMissing(
        this.#api.delete(this.#named(kind, name), nothing, nothing, nothing, nothing, 'Foreground'),
      );
    });
  }

  async close(): Promise<void> {
    await this.#close();
  }

  #named(kind: Kind, name: string, change: object = {}) {
    const metadata = 'metadata' in change ? (change.metadata as object) : {};
    return {
      apiVersion: API_VERSIONS[kind],
      kind,
      metadata: { ...metadata, name, namespace: this.namespace },
    };
  }

  #placed<T extends KubernetesObject>(object: T): T {
    return { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
  }

  async #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    const asked: Asked = { what, server: this.#server, namespace: this.namespace };
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === TRIES || !isPassing(error)) throw explain(error, asked);
        const wanted = (answerOf(error)?.retryAfterSeconds ?? 0) * 1_000;
        await delay(Math.min(Math.max(wanted, this.#times.backOffMs * 2 ** (attempt - 1)), 10_000));
      }
    }
  }
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (answerOf(error)?.status === 404) return null;
    throw error;
  }
}
