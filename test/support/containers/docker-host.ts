/**
 * Finds a Docker engine for a test run: the one of DOCKER_HOST or of this machine, else one of the run's own, for which Debian's
 * package is installed where that is allowed. The run's own lives in a directory of its own and ends with the run, however that ends.
 * EASEL_TEST_SERVERS=private asks for one of the run's own.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkEngine, openEngine } from '../../../controller/deployment/docker/api.ts';
import { type Holdings, messageOf } from '../servers/holdings.ts';
import { createHome, findProgram, systemEnvironment, waitForAnswer } from '../servers/programs.ts';
import { obtain } from '../servers/search.ts';

/** A shell between us and the engine: when its input ends, also because the run was killed, it ends the engine and waits for it. */
const GUARD =
  'exec 3<&0; "$0" "$@" </dev/null & engine=$!; { cat >/dev/null; kill $engine; } <&3 & wait $engine';

/** Answers what DOCKER_HOST is to be; throws, saying why, when no engine is to be had. */
export async function findDockerHost(holdings: Holdings): Promise<string> {
  const given = process.env.DOCKER_HOST ?? '';
  const reasons: string[] = [];
  if (given !== '' || process.env.EASEL_TEST_SERVERS !== 'private') {
    try {
      return await answering(holdings, given);
    } catch (error) {
      if (given !== '') throw error;
      reasons.push(messageOf(error));
    }
  }
  try {
    return await startEngine(holdings);
  } catch (error) {
    reasons.push(`one of the run's own: ${messageOf(error)}`);
  }
  throw new Error(`they need a Docker engine, and none was to be had.\n  ${reasons.join('\n  ')}`);
}

async function answering(holdings: Holdings, host: string): Promise<string> {
  const version = await ask(host);
  holdings.say(`the Docker engine ${host === '' ? 'of this machine' : `at ${host}`} (${version})`);
  return host;
}

async function ask(host: string): Promise<string> {
  const environment = { ...process.env, DOCKER_HOST: host };
  const engine = await openEngine(environment);
  await checkEngine(engine, environment);
  return (await engine.version()).Version;
}

async function startEngine(holdings: Holdings): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('not root, and only root may start one');
  const program = await obtain(holdings, 'docker.io', () => findProgram(['dockerd']));
  const home = createHome(holdings, {});
  const host = `unix://${join(home, 'docker.sock')}`;
  const args = ['--host', host, '--pidfile', join(home, 'docker.pid')];
  for (const part of ['data', 'exec']) args.push(`--${part}-root`, join(home, part));
  const log = openSync(join(home, 'out.log'), 'a');
  const child = spawn('/bin/sh', ['-c', GUARD, program, ...args], {
    stdio: ['pipe', log, log],
    detached: true,
    env: systemEnvironment(), // it needs iptables
  });
  child.on('error', () => undefined);
  holdings.add(`the Docker engine at ${host}`, async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : null;
    child.stdin?.end();
    await ended;
    unmountBelow(home);
  });
  const version = await waitForAnswer(child, home, () => ask(host));
  holdings.say(`a Docker engine of its own at ${host} (${version})`);
  return host;
}

/** An engine that was ended in a hurry may leave mounts behind, which keep its directory from being removed. */
function unmountBelow(home: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const targets = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${home}/`));
  for (const path of targets.reverse()) execFileSync('umount', ['--lazy', path], { stdio: 'ignore' });
}
