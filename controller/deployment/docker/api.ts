/**
 * The Docker engine's API. Where the engine is, the usual variables say (DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH); without
 * them it is this machine's. dockerode is loaded only here: it is slow to load, and few commands need it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { EaselError } from '../../../core/model/errors.ts';

export type Engine = Docker;

const SOCKET = '/var/run/docker.sock';
/** 20.10: the first with all that services need (limits of processes in a swarm). */
const OLDEST_API = '1.41';

/** Nothing is asked of the engine yet. */
export async function openEngine(environment: NodeJS.ProcessEnv): Promise<Engine> {
  const address = readAddress(environment);
  const { default: Dockerode } = await import('dockerode');
  return new Dockerode(address);
}

/** Throws EaselError, with advice, when there is no engine, it refuses us or is too old. */
export async function checkEngine(engine: Engine, environment: NodeJS.ProcessEnv): Promise<void> {
  const { ApiVersion, Version } = await explained(environment, () => engine.version());
  if (isOlder(ApiVersion, OLDEST_API))
    throw new EaselError(
      'unsupported',
      `Docker ${Version} at ${engineAddress(environment)} is too old: its API is ${ApiVersion}, at least ${OLDEST_API} (Docker 20.10) is needed`,
    );
}

/** Does something with the engine; what goes wrong with the engine itself is told in words, with advice. */
export async function explained<T>(environment: NodeJS.ProcessEnv, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explain(error, engineAddress(environment));
  }
}

/** Options for the client that are sent as the request's body alone: it would put all of them into the URL too, where they may be logged. */
export function inBody<Body extends object>(body: Body, query: object = {}): Body {
  return { _query: query, _body: body } as unknown as Body;
}

/** Of an answer of the engine: 404, 409 and the like; null of anything else. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}

/** What the engine says, without the client's ornaments. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) [a-z ]+ - /, '').trim();
}

function engineAddress({ DOCKER_HOST: host = '' }: NodeJS.ProcessEnv): string {
  return host === '' ? `unix://${SOCKET}` : host;
}

function readAddress(environment: NodeJS.ProcessEnv): Docker.DockerOptions {
  const address = engineAddress(environment);
  const socketPath = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  // The client reads the environment too: an empty host says that it is the socket.
  if (socketPath !== undefined) return { socketPath, host: '' };
  const url = URL.parse(address.includes('://') ? address : `tcp://${address}`);
  if (url === null || !['tcp:', 'http:', 'https:', 'ssh:'].includes(url.protocol) || url.hostname === '')
    throw new EaselError(
      'settings',
      `DOCKER_HOST is '${address}': expected unix:///path, tcp://host:port or ssh://user@host`,
    );
  const { hostname: host } = url;
  const at = (port: number) => ({ host, port: url.port === '' ? port : Number(url.port) });
  if (url.protocol === 'ssh:')
    return { protocol: 'ssh', username: decodeURIComponent(url.username), ...at(22) };
  const isTls = url.protocol === 'https:' || (environment.DOCKER_TLS_VERIFY ?? '') !== '';
  return isTls
    ? { protocol: 'https', ...at(2376), ...readCertificates(environment) }
    : { protocol: 'http', ...at(2375) };
}

function readCertificates({ DOCKER_CERT_PATH: directory, HOME: home = '' }: NodeJS.ProcessEnv) {
  const from = directory ?? join(home, '.docker');
  try {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFileSync(join(from, name)));
    return { ca, cert, key };
  } catch (error) {
    throw new EaselError(
      'settings',
      `the engine's certificates (ca.pem, cert.pem, key.pem): ${reasonOf(error)}; DOCKER_CERT_PATH says where they are`,
      { cause: error },
    );
  }
}

const START = 'is Docker installed (Debian: `apt install docker.io`) and running (`systemctl start docker`)?';

const ADVICE: Record<string, string> = {
  ENOENT: START,
  ECONNREFUSED: START,
  EACCES: 'this user may not use it: `usermod -aG docker USER` and a new login, or ask who runs the machine',
  ENOTFOUND: 'there is no such host: is DOCKER_HOST right?',
  ETIMEDOUT: 'the host does not answer: is DOCKER_HOST right?',
  ECONNRESET: 'the connection broke: if the engine has stopped, start it; then the same command again',
};

/** A defect of ours, a refused description among others, stays what it is. */
function explain(error: unknown, address: string): unknown {
  if (error instanceof EaselError || !(error instanceof Error)) return error;
  const advice = 'code' in error ? ADVICE[String(error.code)] : undefined;
  if (advice !== undefined)
    return new EaselError(
      'unavailable',
      `no Docker engine answers at ${address} (${reasonOf(error)}): ${advice}`,
      { cause: error },
    );
  const status = statusOf(error);
  if (status === null) return error;
  return new EaselError(
    status === 409 ? 'conflict' : 'unavailable',
    `the Docker engine at ${address} refuses: ${reasonOf(error)}`,
    { cause: error },
  );
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = than.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
