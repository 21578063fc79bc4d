/**
 * Builds images with the engine of containers, each from a context that holds all it needs of Easel. What the builder says is passed
 * on line by line; its failures come within that stream, and are thrown here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { EaselError } from '../../../core/model/errors.ts';
import type { Engine } from '../docker/api.ts';
import { BASE, type Image } from './catalogue.ts';
import { packContext } from './context.ts';
import { listEasel, listTree } from './context-files.ts';
import { labelsOf } from './labels.ts';

export interface BuildOptions {
  /** What `base` is made from. */
  readonly baseImage: string;
  /** The tag of `base`, which all others are made from. */
  readonly easelBase: string;
  /** Of this process: the proxies that it names are those of the build. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** What the builder sends, one object a line. */
interface Message {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

const LINES_TOLD = 12;
/** Layers and containers in between. */
const UNTOLD = /^\s*$|^ ---> |^Removing intermediate container /;

/** Labels are added at the end, after all that costs time: another commit leaves the layers as they are. */
export async function buildImage(engine: Engine, image: Image, options: BuildOptions): Promise<void> {
  const { baseImage, easelBase, environment, signal, onLine } = options;
  if (image.name === BASE) await refuseOtherMachine(engine);
  const files = [...listTree(image.directory, '.'), ...(image.name === BASE ? listEasel() : [])];
  const messages = await engine.buildImage(packContext(files), {
    t: image.tag,
    labels: labelsOf(image.name),
    buildargs: {
      ...proxiesIn(environment),
      ...onlyDeclared({ BASE_IMAGE: baseImage, EASEL_BASE: easelBase }, image),
    },
    forcerm: true,
    abortSignal: signal,
  });
  const last: string[] = [];
  const error = await follow(engine, messages, (line) => {
    onLine(line);
    last.splice(0, Math.max(0, last.push(line) - LINES_TOLD));
  });
  signal.throwIfAborted();
  if (error !== undefined) throw refuse(image, baseImage, { error, last });
}

/** Some of the packages that run here are made for one kind of machine. */
async function refuseOtherMachine(engine: Engine): Promise<void> {
  const { Os, Arch } = await engine.version();
  const [there, here] = [
    `${Os}/${Arch}`,
    `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  ];
  if (there !== here)
    throw new EaselError(
      'unsupported',
      `the image base takes over the packages that run here (${here}), which those containers (${there}) could not run: build it on a machine of their kind`,
    );
}

/** Answers why the build failed. */
async function follow(
  engine: Engine,
  messages: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<string | undefined> {
  let error: string | undefined;
  let rest = '';
  const take = (message: Message): void => {
    error ??= message.error;
    const lines = (
      rest + (message.stream ?? (message.status === undefined ? '' : `${message.status}\n`))
    ).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map(stripVTControlCharacters)) if (!UNTOLD.test(line)) onLine(line);
  };
  const broken = await new Promise<Error | null>((resolve) => {
    engine.modem.followProgress(messages, resolve, take);
  });
  return error ?? broken?.message;
}

/** The builder warns of arguments that a Dockerfile does not take. */
function onlyDeclared(given: Record<string, string>, { directory }: Image): Record<string, string> {
  const text = readFileSync(join(directory, 'Dockerfile'), 'utf8');
  const declared = new Set([...text.matchAll(/^\s*ARG\s+(\w+)/gim)].map(([, name]) => name));
  return Object.fromEntries(Object.entries(given).filter(([name]) => declared.has(name)));
}

/** The builder knows these by itself, and keeps them out of the image and its history. */
function proxiesIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.entries(environment).filter(([name]) => /^(https?|ftp|no)_proxy$/i.test(name));
  return Object.fromEntries(named.map(([name, value = '']) => [name, value]));
}

const NOT_FETCHED = /pull access|manifest|no such host|dial tcp|registry/i;

function refuse(
  { name, directory }: Image,
  baseImage: string,
  { error, last }: { error: string; last: readonly string[] },
): EaselError {
  const advice =
    name === BASE && NOT_FETCHED.test(error)
      ? `${baseImage} is not here and could not be fetched. Where no registry can be reached, scripts/make-base-image.sh makes a base; then: easel images build --base easel-local/debian`
      : `the builder said last, of ${directory}/Dockerfile:\n${last.map((line) => `  ${line}`).join('\n')}`;
  return new EaselError('task', `the image ${name} could not be built: ${error}\n${advice}`);
}
