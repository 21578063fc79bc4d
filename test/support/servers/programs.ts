/**
 * Server programs of this machine: where they are, as whom they run, and how one is started, watched and stopped. A server that
 * the keeper starts lives in a directory of its own under the temp directory, listens on loopback only, and never runs as root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRunPrefix } from './access.ts';
import { type Holdings, messageOf } from './holdings.ts';

const usualDirectories = ['/usr/local/sbin', '/usr/sbin', '/opt/homebrew/sbin', '/opt/homebrew/bin'];
/** Long, for a machine that has much else to do: a server that cannot start ends by itself, and is not waited for. */
const startMs = 10 * 60_000;
const stopMs = 30_000;
const pollMs = 50;

export interface Identity {
  uid?: number;
  gid?: number;
}

/** The first of the named programs that is on the PATH or in a usual place, or null. `first` is looked at before the PATH. */
export function findProgram(names: string[], first: string[] = []): string | null {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const directory of [...first, ...onPath, ...usualDirectories]) {
    for (const name of names) {
      const path = join(directory, name);
      if (isExecutable(path)) return path;
    }
  }
  return null;
}

/** The environment of a program that looks for those of the system itself, which are on root's PATH, not on everybody's. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [process.env.PATH ?? '', ...usualDirectories, '/sbin'].join(delimiter) };
}

/** Whom to run a server as: nobody when we are root, else whoever we are. */
export function findIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string): number =>
    Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A directory for one server, removed when the run ends. Those above it must let the server's user through. */
export function createHome(holdings: Holdings, identity: Identity, parent = tmpdir()): string {
  const home = mkdtempSync(join(parent, `${createRunPrefix()}_`));
  chmodSync(home, 0o700);
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(home, identity.uid, identity.gid);
  holdings.add(`the directory ${home}`, async () =>
    rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  );
  return home;
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export interface Launch {
  program: string;
  args: string[];
  home: string;
  env?: Record<string, string>;
  identity: Identity;
}

/** Starts a server, to be stopped when the run ends; its output goes to the file `out.log` in its home. */
export function startServer(holdings: Holdings, launch: Launch): ChildProcess {
  const log = join(launch.home, 'out.log');
  const child = spawn(
    '/bin/sh',
    ['-c', 'exec "$0" "$@" >>"$EASEL_TEST_LOG" 2>&1', launch.program, ...launch.args],
    {
      ...launch.identity,
      cwd: launch.home,
      env: { ...process.env, HOME: launch.home, EASEL_TEST_LOG: log, ...launch.env },
      stdio: 'ignore',
    },
  );
  child.on('error', () => undefined);
  holdings.add(`the process ${child.pid} (${launch.program})`, () => stopProcess(child));
  return child;
}

/** Waits until `check` passes; fails at once when the server's process ends, telling the last lines it wrote. */
export async function waitForAnswer<T>(
  child: ChildProcess,
  home: string,
  check: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + startMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      if (hasEnded) throw new Error(`it ended while starting: ${readLastLines(home)}`);
      if (Date.now() > deadline)
        throw new Error(`it did not answer within ${startMs / 1000} s: ${messageOf(error)}`);
    }
    await delay(pollMs);
  }
}

/** As a power cut does it; resolves when the process is gone. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(killer);
}

function readLastLines(home: string): string {
  try {
    return readFileSync(join(home, 'out.log'), 'utf8').trim().split('\n').slice(-5).join(' | ');
  } catch {
    return 'it wrote nothing';
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
