/**
 * The images of workers for a test, under names of their own and from a base that is made without a registry; and containers that may
 * do as little as those of a deployment: nothing writable but /tmp and the output area, no capability, no network.
 */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Engine, openEngine } from '../../../controller/deployment/docker/api.ts';
import { logLines } from '../../../controller/deployment/docker/log-lines.ts';
import { buildImage } from '../../../controller/deployment/images/build.ts';
import { findImages, type Image } from '../../../controller/deployment/images/catalogue.ts';
import { createHoldings } from '../servers/holdings.ts';
import { findProgram } from '../servers/programs.ts';
import { obtain } from '../servers/search.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly entryPoint?: string[];
  /** A directory of this machine to see as the output area. */
  readonly output?: string;
  readonly environment?: string[];
}

export class WorkerImages {
  readonly engine: Engine;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #name: string;

  /** @param name of the run: the base is made once for it, and what one test file has built is in the engine's cache for the next */
  static async open(dockerHost: string, name: string): Promise<WorkerImages> {
    const environment = { ...process.env, DOCKER_HOST: dockerHost };
    const images = new WorkerImages(await openEngine(environment), environment, name);
    const { engine, debian } = images;
    if (
      await engine
        .getImage(debian)
        .inspect()
        .then(
          () => true,
          () => false,
        )
    )
      return images;
    const holdings = createHoldings((line) => console.log(`containers: ${line}`));
    await obtain(holdings, 'mmdebstrap', () => findProgram(['mmdebstrap']));
    await promisify(execFile)('scripts/make-base-image.sh', [images.debian], { env: environment });
    return images;
  }

  private constructor(engine: Engine, environment: NodeJS.ProcessEnv, name: string) {
    this.engine = engine;
    this.#environment = environment;
    this.#name = name;
  }

  get debian(): string {
    return debianOf(this.#name);
  }

  tag(name: string): string {
    return `${this.#name}/${name}:1`;
  }

  /** Those of a home, with what the builder said. */
  async build(home: string, isWanted: (image: Image) => boolean = () => true): Promise<string[]> {
    const said: string[] = [];
    for (const image of findImages(home).filter(isWanted)) {
      await buildImage(
        this.engine,
        { ...image, tag: this.tag(image.name) },
        {
          ...{ baseImage: this.debian, easelBase: this.tag('base'), environment: this.#environment },
          signal: new AbortController().signal,
          onLine: (line) => void said.push(line),
        },
      );
    }
    return said;
  }

  async inspect(name: string) {
    return await this.engine.getImage(this.tag(name)).inspect();
  }

  async start(name: string, command: string[], { entryPoint, output, environment }: RunOptions = {}) {
    if (output !== undefined) chmodSync(output, 0o777); // whoever runs the test is not the user of the containers
    const container = await this.engine.createContainer({
      ...{ Image: this.tag(name), Cmd: command, Env: environment ?? [] },
      ...(entryPoint !== undefined && { Entrypoint: entryPoint }),
      HostConfig: {
        ...{
          ReadonlyRootfs: true,
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
          NetworkMode: 'none',
        },
        ...{ Memory: 1e9, MemorySwap: 1e9, PidsLimit: 256, Tmpfs: { '/tmp': 'size=64m,mode=1777' } },
        Binds: output === undefined ? [] : [`${output}:/data/output`],
      },
    });
    await container.start();
    return container;
  }

  async run(name: string, command: string[], options: RunOptions = {}): Promise<Ran> {
    const container = await this.start(name, command, options);
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    const read = async (stdout: boolean) => {
      const log = await container.logs({ follow: false, stdout, stderr: !stdout });
      return logLines(log).join('\n');
    };
    const ran = { code, stdout: await read(true), stderr: await read(false) };
    await container.remove();
    return ran;
  }

  async execute(containerId: string, command: string[]): Promise<{ code: number | null; says: string }> {
    const exec = await this.engine.getContainer(containerId).exec({ Cmd: command, AttachStdout: true });
    const says = logLines(await buffer(await exec.start({}))).join('\n');
    return { code: (await exec.inspect()).ExitCode, says };
  }
}

const debianOf = (name: string) => `${name}/debian:1`;

/** Removes all that a run has made, stages of builds among it. */
export async function removeImages(engine: Engine, name: string): Promise<void> {
  const made = await engine
    .getImage(debianOf(name))
    .inspect()
    .catch(() => undefined);
  if (made === undefined) return;
  const all = await engine.listImages({ all: true });
  const parents = new Map(all.map(({ Id, ParentId }) => [Id, ParentId]));
  const depth = (id: string): number => {
    let steps = 0;
    for (let at: string | undefined = id; at !== made.Id; at = parents.get(at), steps++)
      if (at === undefined || at === '') return -1;
    return steps;
  };
  const ours = all.map(({ Id }) => ({ Id, steps: depth(Id) })).filter(({ steps }) => steps >= 0);
  for (const { Id } of ours.sort((one, other) => other.steps - one.steps))
    await engine.getImage(Id).remove({ force: true, noprune: true }).catch(ignoreGone);
}

function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
