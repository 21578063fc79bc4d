/** What the tests of an engine share: deployments of their own, services to run, a look into containers. All is removed at the end. */
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Container, ContainerInfo, Network, Service, Volume } from 'dockerode';
import { type Engine, openEngine } from '../../../controller/deployment/docker/api.ts';
import { logLines } from '../../../controller/deployment/docker/log-lines.ts';
import { openDockerOrchestrator } from '../../../controller/deployment/docker/open.ts';
import { LABELS, type Orchestrator } from '../../../controller/deployment/orchestrator.ts';
import type { Service as Described } from '../../../controller/deployment/service.ts';
import { type ContainerSettings, loadSettings } from '../../../core/runtime/settings.ts';
import { until } from '../until.ts';
import { ensureSwarm } from './swarm.ts';
import { buildTestImage } from './test-image.ts';

export type Kind = 'docker' | 'swarm';

interface EngineEvent {
  readonly Action: string;
  readonly timeNano: number;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

interface Options {
  readonly deployment?: string;
  readonly network?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export class Stage {
  readonly engine: Engine;
  readonly image = newImageName();
  readonly said: string[] = [];
  readonly #kind: Kind;
  readonly #environment: NodeJS.ProcessEnv;
  #leaveSwarm = () => Promise.resolve();
  readonly #images = [this.image];
  readonly #opened: Orchestrator[] = [];

  /** Of a swarm of one machine, made for the tests when there is none. */
  static async open(kind: Kind, dockerHost: string): Promise<Stage> {
    const environment = { ...process.env, DOCKER_HOST: dockerHost };
    const engine = await openEngine(environment);
    const stage = new Stage(kind, engine, environment);
    if (kind === 'swarm') stage.#leaveSwarm = await ensureSwarm(engine);
    await buildTestImage(engine, stage.image);
    return stage;
  }

  private constructor(kind: Kind, engine: Engine, environment: NodeJS.ProcessEnv) {
    this.#kind = kind;
    this.engine = engine;
    this.#environment = environment;
  }

  newDeployment(): string {
    return randomBytes(8).toString('hex');
  }

  async orchestrator(options: Options = {}): Promise<Orchestrator> {
    const { deployment = this.newDeployment(), network, environment = this.#environment } = options;
    const defaults = loadSettings({ home: '/nowhere' }, {}).containers;
    const settings: ContainerSettings = network === undefined ? defaults : { ...defaults, network };
    const say = (line: string) => void this.said.push(line);
    const opened = await openDockerOrchestrator({ kind: this.#kind, deployment, settings, environment, say });
    this.#opened.push(opened);
    return opened;
  }

  /** The same under another name. */
  async anotherImage(): Promise<string> {
    const image = newImageName();
    await buildTestImage(this.engine, image);
    this.#images.push(image);
    return image;
  }

  /** One that serves until it is told to stop. */
  service(changes: Partial<Described> = {}): Described {
    return {
      name: 'worker-default',
      role: 'worker',
      workerClass: 'default',
      image: this.image,
      arguments: ['serve'],
      environment: {},
      secrets: [],
      mounts: [],
      limits: { cpu: 0.5, gpu: 0, memory_gb: 0.2, pids: 64 },
      ports: [],
      health: null,
      replicas: 1,
      stopSeconds: 20,
      image_kind: 'own',
      ...changes,
    };
  }

  /** Those that run, of a deployment. */
  async containers(deployment: string): Promise<ContainerInfo[]> {
    const label = [`${LABELS.deployment}=${deployment}`];
    return await this.engine.listContainers({ filters: { label, status: ['running'] } });
  }

  /** What JavaScript prints that runs in a container, as its processes do. */
  async evaluate(containerId: string, script: string): Promise<string> {
    return await this.execute(containerId, ['/node', '-e', script]);
  }

  async execute(containerId: string, command: string[]): Promise<string> {
    const exec = await this.engine
      .getContainer(containerId)
      .exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    return logLines(await buffer(await exec.start({}))).join('\n');
  }

  /** How containers ended meanwhile, and how long after they were asked to. */
  async endsDuring(
    deployment: string,
    act: () => Promise<unknown>,
  ): Promise<{ exitCode: string; seconds: number }[]> {
    const since = await this.#now();
    await act();
    const filters = { type: ['container' as const], event: ['kill', 'die'] };
    const stream = await this.engine.getEvents({ since, until: await this.#now(), filters });
    const events = (await buffer(stream))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EngineEvent)
      .filter(({ Actor }) => Actor.Attributes[LABELS.deployment] === deployment);
    return events
      .filter(({ Action }) => Action === 'die')
      .map(({ Actor, timeNano }) => {
        const asked = events.find((each) => each.Action === 'kill' && each.Actor.ID === Actor.ID);
        const seconds = (timeNano - (asked?.timeNano ?? 0)) / 1e9;
        return { exitCode: Actor.Attributes.exitCode ?? '', seconds };
      });
  }

  /** By the engine's clock. */
  async #now(): Promise<number> {
    return Date.parse((await this.engine.info()).SystemTime) / 1_000;
  }

  /** What there is with the label of a deployment: containers, volumes, networks, and of a swarm its services and secrets. */
  async leftovers(deployment: string): Promise<unknown[]> {
    const filters = { label: [`${LABELS.deployment}=${deployment}`] };
    const { Volumes: volumes } = await this.engine.listVolumes({ filters });
    const found = [
      ...(await this.engine.listContainers({ all: true, filters })),
      ...volumes,
      ...(await this.engine.listNetworks({ filters })),
    ];
    if (this.#kind === 'docker') return found;
    return [
      ...found,
      ...(await this.engine.listServices({ filters })),
      ...(await this.engine.listSecrets({ filters })),
    ];
  }

  /** How many things keep secrets of a deployment: volumes, or a swarm's secrets. */
  async secretStores(deployment: string): Promise<number> {
    const filters = { label: [`${LABELS.deployment}=${deployment}`] };
    if (this.#kind === 'swarm') return (await this.engine.listSecrets({ filters })).length;
    return (await this.engine.listVolumes({ filters })).Volumes.length;
  }

  /** Something of nobody: a container, or a service of the swarm. */
  async makeNamed(name: string): Promise<Container | Service> {
    if (this.#kind === 'docker')
      return await this.engine.createContainer({ name, Image: this.image, Cmd: ['serve'] });
    const ContainerSpec = { Image: this.image, Args: ['serve'] };
    const spec = { Name: name, TaskTemplate: { ContainerSpec }, EndpointSpec: { Mode: 'dnsrr' } };
    return await this.engine.createService(undefined as never, spec);
  }

  /** Answers whether it could be; not while a container has it. */
  async removed(thing: Network | Volume): Promise<boolean> {
    try {
      await thing.remove();
      return true;
    } catch {
      return false;
    }
  }

  /** Removes what the tests have left. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map(removeAll));
    // A swarm removes containers of what was removed some time later, and not at all once it is left.
    const filters = { ancestor: this.#images };
    await until(async () => (await this.engine.listContainers({ all: true, filters })).length === 0, {
      timeoutMs: 30_000,
      message: `the end of all containers of ${this.image}`,
    });
    await this.#leaveSwarm();
    for (const image of this.#images) await this.engine.getImage(image).remove({ force: true });
  }
}

function newImageName(): string {
  return `easel-test/${randomBytes(4).toString('hex')}:1`;
}

/** Some have no engine that answers, some only a network. */
async function removeAll(orchestrator: Orchestrator): Promise<void> {
  const services = await orchestrator.list().catch(() => null);
  if (services === null) return;
  for (const name of ['worker-default', ...services.map((each) => each.name)])
    await orchestrator.remove(name);
}

/** What somebody is told who does what goes wrong. */
export async function message(act: Promise<unknown>): Promise<string> {
  return await act.then(
    () => 'it went well',
    (error: Error) => error.message,
  );
}
