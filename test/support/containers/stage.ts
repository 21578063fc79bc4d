/** What the tests of an engine share: deployments of their own, services to run, a look into containers. All is removed at the end. */
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ContainerInfo } from 'dockerode';
import { type Engine, openEngine } from '../../../controller/deployment/docker/api.ts';
import { logLines } from '../../../controller/deployment/docker/log-lines.ts';
import { openDockerOrchestrator } from '../../../controller/deployment/docker/open.ts';
import { LABELS, type Orchestrator } from '../../../controller/deployment/orchestrator.ts';
import type { Service } from '../../../controller/deployment/service.ts';
import { type ContainerSettings, loadSettings } from '../../../core/runtime/settings.ts';
import { buildTestImage } from './test-image.ts';

type Kind = 'docker' | 'swarm';

interface Options {
  readonly deployment?: string;
  readonly network?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export class Stage {
  readonly engine: Engine;
  readonly image = `easel-test/${randomBytes(4).toString('hex')}:1`;
  readonly said: string[] = [];
  readonly #environment: NodeJS.ProcessEnv;
  readonly #opened: Orchestrator[] = [];

  static async open(dockerHost: string): Promise<Stage> {
    const environment = { ...process.env, DOCKER_HOST: dockerHost };
    const stage = new Stage(await openEngine(environment), environment);
    await buildTestImage(stage.engine, stage.image);
    return stage;
  }

  private constructor(engine: Engine, environment: NodeJS.ProcessEnv) {
    this.engine = engine;
    this.#environment = environment;
  }

  newDeployment(): string {
    return randomBytes(8).toString('hex');
  }

  async orchestrator(kind: Kind, options: Options = {}): Promise<Orchestrator> {
    const { deployment = this.newDeployment(), network, environment = this.#environment } = options;
    const defaults = loadSettings({ home: '/nowhere' }, {}).containers;
    const settings: ContainerSettings = network === undefined ? defaults : { ...defaults, network };
    const say = (line: string) => void this.said.push(line);
    const opened = await openDockerOrchestrator({ kind, deployment, settings, environment, say });
    this.#opened.push(opened);
    return opened;
  }

  /** One that serves until it is told to stop. */
  service(changes: Partial<Service> = {}): Service {
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

  /** Removes what the tests have left. */
  async clear(): Promise<void> {
    for (const opened of this.#opened.splice(0)) {
      const services = await opened.list().catch(() => []);
      for (const { name } of services) await opened.remove(name);
    }
  }

  async close(): Promise<void> {
    await this.clear();
    await this.engine.getImage(this.image).remove({ force: true });
  }
}
