/**
 * Services as containers of one Docker engine: a service of N replicas is N containers, numbered from 1. The engine itself starts
 * again what ends; everything else is done when a command asks for it. What a service is stands in its containers' labels, so there is
 * nothing beside the engine that could be lost; of a service scaled to nothing, container 0, which is never started, keeps it.
 */
import { EaselError } from '../../../core/model/errors.ts';
import type { Resources } from '../../../core/model/task-type.ts';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import { type Applied, LABELS, type Orchestrator, type RunningService } from '../orchestrator.ts';
import type { Service } from '../service.ts';
import { checkEngine, explained } from './api.ts';
import { engineCapacity } from './capacity.ts';
import { awaitWell, isWell } from './coming-up.ts';
import { type ContainerWish, containerName } from './container-spec.ts';
import { instancesIn, listOwn, newestOf, type OwnContainer, type Place, serviceOf } from './containers.ts';
import { describeService, revisionOf } from './description.ts';
import { findImage } from './images.ts';
import { allEnded, create, drain, start } from './life.ts';
import { provideNetwork, removeNetworks } from './networks.ts';
import type { OpenOrchestrator } from './options.ts';
import { fillSecretVolumes, removeSecretVolumes } from './secret-volumes.ts';

/** A container of the service but for its number. */
type Pattern = Omit<ContainerWish, 'number'>;

export class DockerOrchestrator implements Orchestrator {
  readonly kind = 'docker';
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
  }

  capacity(): Promise<Resources> {
    return this.#asked(() => engineCapacity(this.#place.engine));
  }

  apply(service: Service): Promise<Applied> {
    return this.#asked(async () => {
      const existing = await listOwn(this.#place, service.name);
      const pattern = await this.#patternOf(service);
      const kept = instancesIn(existing).slice(0, service.replicas);
      await this.#requireNames(pattern, chooseNumbers(kept, service.replicas));
      const { description, imageId } = pattern;
      await fillSecretVolumes(this.#place, { description, secrets: service.secrets, imageId, existing });
      const isResized = await this.#resize(existing, kept, { pattern, replicas: service.replicas });
      const isRolled = await this.#roll(kept, pattern);
      await removeSecretVolumes(this.#place, service.name, description);
      if (existing.length === 0) return 'created';
      return isResized || isRolled ? 'changed' : 'unchanged';
    });
  }

  list(): Promise<RunningService[]> {
    return this.#asked(async () => {
      const [{ Name: node }, all] = await Promise.all([this.#place.engine.info(), listOwn(this.#place)]);
      const byService = Map.groupBy(all, ({ description }) => description.name);
      return [...byService.values()].flatMap((each) => serviceOf(each, node) ?? []);
    });
  }

  scale(name: string, replicas: number, busy: ReadonlySet<string> = new Set()): Promise<void> {
    return this.#asked(async () => {
      const existing = await listOwn(this.#place, name);
      const pattern = await this.#patternLike(name, existing);
      const kept = mostMissed(instancesIn(existing), busy).slice(0, replicas);
      await this.#requireNames(pattern, chooseNumbers(kept, replicas));
      await this.#resize(existing, kept, { pattern, replicas });
      for (const each of kept) await this.#revive(each);
    });
  }

  restart(name: string): Promise<number> {
    return this.#asked(async () => {
      const existing = await listOwn(this.#place, name);
      const pattern = await this.#patternLike(name, existing);
      const { description, network } = pattern;
      const imageId = await findImage(this.#place.engine, description, this.#say);
      const renewed = { ...pattern, imageId, revision: revisionOf(description, { imageId, network }) };
      const instances = instancesIn(existing);
      for (const old of instances) await this.#replace(old, renewed);
      return instances.length;
    });
  }

  remove(name: string): Promise<void> {
    return this.#asked(async () => {
      await this.#drainAll(await listOwn(this.#place, name));
      await removeSecretVolumes(this.#place, name, null);
      const left = await listOwn(this.#place);
      if (left.length === 0) await removeNetworks(this.#place, this.#say);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    return await explained(this.#environment, ask);
  }

  async #patternOf(service: Service): Promise<Pattern> {
    const { engine, deployment } = this.#place;
    const description = describeService(deployment, service);
    const imageId = await findImage(engine, service, this.#say);
    const network = await provideNetwork(this.#place, 'bridge', this.#settings.network);
    const revision = revisionOf(description, { imageId, network });
    return { deployment, description, revision, imageId, network, cores: await this.#cores() };
  }

  /** As the newest of those that are there. */
  async #patternLike(name: string, existing: readonly OwnContainer[]): Promise<Pattern> {
    const newest = newestOf(existing);
    if (newest === undefined)
      throw new EaselError(
        'not_found',
        `there is no service ${name} of this deployment: \`easel deploy\` makes it`,
      );
    const { description, revision, info } = newest;
    const { deployment } = this.#place;
    const network = info.HostConfig.NetworkMode ?? '';
    return { deployment, description, revision, imageId: info.Image, network, cores: await this.#cores() };
  }

  async #cores(): Promise<number> {
    return (await this.#place.engine.info()).NCPU;
  }

  /** Looked at before anything is touched. */
  async #requireNames(pattern: Pattern, numbers: readonly number[]): Promise<void> {
    const names = numbers.map((number) => containerName({ ...pattern, number }));
    const all = await this.#place.engine.listContainers({ all: true });
    const stranger = all
      .filter(({ Labels }) => Labels[LABELS.deployment] !== this.#place.deployment)
      .flatMap(({ Names }) => Names.map((each) => each.replace(/^\//, '')))
      .find((name) => names.includes(name));
    if (stranger !== undefined)
      throw new EaselError(
        'conflict',
        `the name ${stranger} is taken by a container that is not of this deployment: rename it (\`docker rename\`) or remove it`,
      );
  }

  /** Ends those that are not `kept`, and makes those that are missing. Answers whether there was something to do. */
  async #resize(
    existing: readonly OwnContainer[],
    kept: readonly OwnContainer[],
    { pattern, replicas }: { pattern: Pattern; replicas: number },
  ): Promise<boolean> {
    const surplus = instancesIn(existing).filter((each) => !kept.includes(each));
    const missing = chooseNumbers(kept, replicas).slice(kept.length);
    const keeper = existing.find(({ number }) => number === 0);
    const isKeeperRight = replicas === 0 ? keeper?.revision === pattern.revision : keeper === undefined;
    const isKeeperWrong = keeper !== undefined && !isKeeperRight;
    if (isKeeperWrong && replicas === 0) await drain(this.#place, keeper);
    if (!isKeeperRight && replicas === 0) await create(this.#place, { ...pattern, number: 0 });
    await this.#drainAll(surplus);
    await this.#add(missing, pattern);
    if (isKeeperWrong && replicas > 0) await drain(this.#place, keeper);
    return surplus.length + missing.length > 0 || !isKeeperRight;
  }

  /** One after another; stops at the first that does not come up. Answers whether there was something to do. */
  async #roll(existing: readonly OwnContainer[], pattern: Pattern): Promise<boolean> {
    let isChanged = false;
    for (const each of existing) {
      const isOther = each.revision !== pattern.revision;
      if (isOther) await this.#replace(each, pattern);
      else if (!(await this.#revive(each))) continue;
      isChanged = true;
    }
    return isChanged;
  }

  /** Starts what somebody has ended, and waits for what is not well. Answers whether it was started. */
  async #revive(container: OwnContainer): Promise<boolean> {
    if (isWell(container.info)) return false;
    const { State: state, RestartCount: restarts } = container.info;
    const isEnded = !state.Running;
    if (isEnded) await start(this.#place, container);
    await awaitWell(this.#place.engine, { ...container, restarts: isEnded ? 0 : restarts });
    return isEnded;
  }

  async #replace(old: OwnContainer, pattern: Pattern): Promise<void> {
    const { stopSeconds } = old.description;
    this.#say(`replacing ${old.name}; it is given up to ${stopSeconds} s to end`);
    await drain(this.#place, old);
    await this.#add([old.number], pattern);
  }

  async #add(numbers: readonly number[], pattern: Pattern): Promise<void> {
    const wishes = numbers.map((number) => ({ ...pattern, number }));
    const started = await allEnded(
      wishes.map(async (wish) => {
        const id = await create(this.#place, wish);
        const started = { id, name: containerName(wish), restarts: 0 };
        await start(this.#place, started);
        return started;
      }),
    );
    await allEnded(started.map((each) => awaitWell(this.#place.engine, each)));
  }

  async #drainAll(containers: readonly OwnContainer[]): Promise<void> {
    for (const { name, description, info } of containers)
      if (info.State.Running)
        this.#say(`stopping ${name}; it is given up to ${description.stopSeconds} s to end`);
    await allEnded(containers.map((each) => drain(this.#place, each)));
  }
}

/** Of those there are, and after them the first that are free. */
function chooseNumbers(kept: readonly OwnContainer[], replicas: number): number[] {
  const chosen = kept.map(({ number }) => number);
  for (let number = 1; chosen.length < replicas; number += 1)
    if (!chosen.includes(number)) chosen.push(number);
  return chosen;
}

/** Busy ones first, and among equals the lowest number. */
function mostMissed(instances: readonly OwnContainer[], busy: ReadonlySet<string>): OwnContainer[] {
  const isIdle = ({ info }: OwnContainer) => Number(!busy.has(info.Config.Hostname));
  return instances.toSorted((a, b) => isIdle(a) - isIdle(b) || a.number - b.number);
}
