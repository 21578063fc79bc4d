/**
 * Services of a Docker swarm: the swarm keeps as many tasks running as are wanted, on whichever of its machines, and replaces them one by
 * one. Images must be where tasks run: in a registry that all machines reach, or loaded on each.
 */
import type { Service as SwarmService } from 'dockerode';
import { EaselError } from '../../../core/model/errors.ts';
import type { Resources } from '../../../core/model/task-type.ts';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import { type Applied, LABELS, type Orchestrator, type RunningService } from '../orchestrator.ts';
import type { Service } from '../service.ts';
import { checkEngine, explained, inBody } from './api.ts';
import { swarmCapacity } from './capacity.ts';
import type { Place } from './containers.ts';
import { type Description, describeService, readDescription, revisionOf } from './description.ts';
import { findImage } from './images.ts';
import { provideNetwork, removeNetworks } from './networks.ts';
import type { OpenOrchestrator } from './options.ts';
import { DESCRIPTION_LABEL, SECOND } from './spec.ts';
import { awaitRollout, endedTasks, isRunningAs } from './swarm-rollout.ts';
import { provideSecrets, removeSecrets } from './swarm-secrets.ts';
import { type SwarmWish, swarmName, swarmSpec } from './swarm-spec.ts';
import { instancesOf, listTasks } from './swarm-tasks.ts';

/** A service that the swarm has. */
interface Known {
  readonly id: string;
  readonly version: number;
  readonly description: Description;
  readonly revision: string;
  readonly replicas: number;
  readonly force: number;
  readonly spec: NonNullable<SwarmService['Spec']>;
}

export class SwarmOrchestrator implements Orchestrator {
  readonly kind = 'swarm';
  readonly #place: Place;
  readonly #settings: ContainerSettings;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #say: (line: string) => void;

  constructor(place: Place, { settings, environment, say }: OpenOrchestrator) {
    this.#place = place;
    this.#settings = settings;
    this.#environment = environment;
    this.#say = say;
  }

  async check(): Promise<void> {
    await checkEngine(this.#place.engine, this.#environment);
    const { Swarm: swarm } = await this.#asked(() => this.#place.engine.info());
    if (swarm?.ControlAvailable !== true)
      throw new EaselError(
        'unavailable',
        'this Docker engine manages no swarm: `docker swarm init` makes it one (`--advertise-addr ADDRESS` where it has several addresses); or go by DOCKER_HOST to one that does',
      );
  }

  capacity(): Promise<Resources> {
    return this.#asked(() => swarmCapacity(this.#place.engine));
  }

  apply(service: Service): Promise<Applied> {
    return this.#asked(async () => {
      const known = await this.#find(service.name);
      if (known === null) await this.#requireName(service.name);
      const wish = await this.#wishFor(service, known);
      const isSame = known?.revision === wish.revision && known.replicas === service.replicas;
      if (isSame && (await isRunningAs(this.#place.engine, { ...known, serviceId: known.id })))
        return 'unchanged';
      await this.#bring(known, swarmSpec(wish), wish);
      await removeSecrets(this.#place, service.name, wish.secrets);
      return known === null ? 'created' : 'changed';
    });
  }

  list(): Promise<RunningService[]> {
    return this.#asked(async () => {
      const { engine } = this.#place;
      const machines = await engine.listNodes();
      const nodes = new Map(
        machines.map(({ ID, Description }) => [String(ID), String(Description.Hostname)]),
      );
      const all = await this.#listKnown();
      return await Promise.all(
        all.map(async ({ id, description, revision, replicas }) => {
          const { name, role, workerClass, image, limits } = description;
          const instances = await instancesOf(engine, await listTasks(engine, id), nodes);
          return { name, role, workerClass, image, limits, revision, replicas, instances };
        }),
      );
    });
  }

  /** Which tasks go when there are to be fewer, the swarm decides. */
  scale(name: string, replicas: number): Promise<void> {
    return this.#asked(async () => {
      const known = await this.#require(name);
      await this.#bring(
        known,
        { ...known.spec, Mode: { Replicated: { Replicas: replicas } } },
        { ...known, replicas },
      );
    });
  }

  restart(name: string): Promise<number> {
    return this.#asked(async () => {
      const known = await this.#require(name);
      const { description, replicas } = known;
      const secrets = containerSpec(known.spec).Secrets ?? [];
      const wish = await this.#wish(description, { secrets, replicas, force: known.force + 1 });
      await this.#bring(known, swarmSpec(wish), wish);
      return replicas;
    });
  }

  remove(name: string): Promise<void> {
    return this.#asked(async () => {
      const known = await this.#find(name);
      if (known !== null) {
        // First to nothing: a manager can crash when it is to remove a service whose tasks are just ending (moby/swarmkit#3216).
        await this.scale(name, 0);
        await this.#place.engine.getService(known.id).remove();
      }
      await removeSecrets(this.#place, name, []);
      if ((await this.#listKnown()).length === 0) await removeNetworks(this.#place, this.#say);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    return await explained(this.#environment, ask);
  }

  async #wishFor(service: Service, known: Known | null): Promise<SwarmWish> {
    const description = describeService(this.#place.deployment, service);
    const secrets = await provideSecrets(this.#place, service, description);
    return await this.#wish(description, { secrets, replicas: service.replicas, force: known?.force ?? 0 });
  }

  async #wish(
    description: Description,
    rest: Pick<SwarmWish, 'secrets' | 'replicas' | 'force'>,
  ): Promise<SwarmWish> {
    const { engine, deployment } = this.#place;
    const imageId = await findImage(engine, description, this.#say);
    const network = await provideNetwork(this.#place, 'overlay', this.#settings.network);
    const revision = revisionOf(description, { imageId, network });
    return { deployment, description, revision, imageId, network, cores: await this.#cores(), ...rest };
  }

  async #cores(): Promise<number> {
    const nodes = await this.#place.engine.listNodes();
    return Math.max(...nodes.map(({ Description }) => Number(Description.Resources.NanoCPUs))) / SECOND;
  }

  /** Creates or updates, and waits until it is so. */
  async #bring(
    known: Known | null,
    spec: ReturnType<typeof swarmSpec>,
    {
      description,
      revision,
      force,
      replicas,
    }: Pick<SwarmWish, 'description' | 'revision' | 'force' | 'replicas'>,
  ): Promise<void> {
    const { engine } = this.#place;
    const { name, stopSeconds } = description;
    let serviceId: string;
    const before = known === null ? new Set<string>() : await endedTasks(engine, known.id);
    if (known === null) {
      // Nothing to log in with: the first argument would go along as a header.
      serviceId = (await engine.createService(undefined as never, spec)).id;
      await this.#tellPrivileges(serviceId, name);
    } else {
      this.#say(`${name}: to be ${replicas}; each that ends is given up to ${stopSeconds} s`);
      serviceId = known.id;
      await engine.getService(serviceId).update(inBody(spec, { version: known.version }));
    }
    await awaitRollout(engine, { serviceId, name, revision, force, replicas }, before);
  }

  /** An engine that does not know a field forgets it. */
  async #tellPrivileges(serviceId: string, name: string): Promise<void> {
    const { Spec: kept } = await this.#place.engine.getService(serviceId).inspect();
    if (kept.TaskTemplate.ContainerSpec.Privileges?.NoNewPrivileges === true) return;
    this.#say(
      `${name}: this engine's swarm cannot forbid new privileges; \`"no-new-privileges": true\` in daemon.json does, on each machine`,
    );
  }

  async #requireName(service: string): Promise<void> {
    const name = swarmName(this.#place.deployment, service);
    const found = await this.#place.engine.listServices({ filters: { name: [name] } });
    if (found.some(({ Spec }) => Spec?.Name === name))
      throw new EaselError(
        'conflict',
        `the name ${name} is taken by a service that is not of this deployment: remove it (\`docker service rm ${name}\`) if nothing needs it`,
      );
  }

  async #require(name: string): Promise<Known> {
    const known = await this.#find(name);
    if (known === null)
      throw new EaselError(
        'not_found',
        `there is no service ${name} of this deployment: \`easel deploy\` makes it`,
      );
    return known;
  }

  async #find(name: string): Promise<Known | null> {
    return (await this.#listKnown()).find(({ description }) => description.name === name) ?? null;
  }

  async #listKnown(): Promise<Known[]> {
    const label = [`${LABELS.deployment}=${this.#place.deployment}`];
    const found = await this.#place.engine.listServices({ filters: { label } });
    return found.map(read).sort((a, b) => (a.description.name < b.description.name ? -1 : 1));
  }
}

function read({ ID, Version, Spec: spec = {} }: SwarmService): Known {
  return {
    id: ID,
    version: Version?.Index ?? 0,
    description: readDescription(spec.Labels?.[DESCRIPTION_LABEL] ?? ''),
    revision: spec.Labels?.[LABELS.revision] ?? '',
    replicas: spec.Mode?.Replicated?.Replicas ?? 0,
    force: spec.TaskTemplate?.ForceUpdate ?? 0,
    spec,
  };
}

function containerSpec({ TaskTemplate: template }: Known['spec']) {
  return template !== undefined && 'ContainerSpec' in template ? (template.ContainerSpec ?? {}) : {};
}
