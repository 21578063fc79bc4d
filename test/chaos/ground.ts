/**
 * Where a run takes place: a directory with an installation of its own, database and broker servers of its own that may be
 * killed, proxies between them and the daemons, and the guard that clears up. What looks on goes past the proxies.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { stringify } from 'yaml';
import { transact } from '../../core/db/transaction.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { installationId } from '../../core/store/installation.ts';
import type { Combination } from '../bench/combination.ts';
import { runEasel } from '../support/easel.ts';
import { createHoldings, type Holdings } from '../support/servers/holdings.ts';
import { withMysql } from '../support/servers/mysql.ts';
import { findAmqpPrograms, startPrivateAmqp } from '../support/servers/private-amqp.ts';
import { findMysqlProgram, startPrivateMysql } from '../support/servers/private-mysql.ts';
import { obtain } from '../support/servers/search.ts';
import { TcpProxy } from './proxy.ts';

/** A server and the way to it. */
export interface Reached {
  /** Straight to it. */
  readonly url: string;
  readonly proxy: TcpProxy;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface Ground {
  readonly combination: Combination;
  readonly directory: string;
  readonly home: string;
  readonly logs: string;
  /** For every process of the run: what it starts is found by it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Undefined for SQLite, which has no server. */
  readonly database: Reached | undefined;
  readonly broker: Reached | undefined;
  /** Straight to the database. */
  readonly installation: Installation;
  /** As the daemons reach it. */
  readonly throughProxies: Installation;
  /** Kills what is left; the directory stays if somebody is to look at it. */
  leave(keep: boolean): Promise<void>;
}

const SETTINGS = {
  lease_seconds: 3,
  renew_seconds: 1,
  // Whoever is killed is innocent: neither its worker's end nor its own may end a task.
  ...{ max_lost: 10_000, retries: { signal: 10_000, oom: 10_000 }, retry_delay: 0.2 },
  drain_seconds: 1.5,
  kill_grace_seconds: 0.5,
};
const guardFile = fileURLToPath(new URL('guard.ts', import.meta.url));

export async function openGround(combination: Combination, say: (line: string) => void): Promise<Ground> {
  const directory = mkdtempSync(join(tmpdir(), 'easel_chaos_'));
  chmodSync(directory, 0o711); // servers that run as another user have their homes in it
  const guard = spawn(process.execPath, [guardFile, directory], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const [home, logs] = [join(directory, 'home'), join(directory, 'logs')];
  for (const each of [home, logs]) mkdirSync(each);
  const holdings = createHoldings(say);
  try {
    const [database, broker] = await Promise.all([
      combination.database === 'mysql' ? reachMysql(holdings, directory) : undefined,
      combination.queue === 'amqp' ? reachAmqp(holdings, directory) : undefined,
    ]);
    const environment = { HOME: home, EASEL_HOME: home };
    await initialise(combination, { home, environment, database, broker });
    const straight = database === undefined ? {} : { database_url: database.url };
    const installation = await openInstallation(loadSettings({ home, ...straight }, {}), { connections: 2 });
    const throughProxies = await openInstallation(loadSettings({ home }, {}), { connections: 2 });
    const leave = async (keep: boolean) => {
      await throughProxies.database.close();
      for (const { proxy } of [database, broker].filter((each) => each !== undefined)) proxy.close();
      await installation.database.close();
      await dismiss(guard, keep);
    };
    const servers = { database, broker, installation, throughProxies };
    return { combination, directory, home, logs, environment, ...servers, leave };
  } catch (error) {
    await dismiss(guard, false);
    throw error;
  }
}

/** Deletes the broker's queues, with all messages in them. */
export async function wipeQueues({ broker, installation }: Ground): Promise<number> {
  if (broker === undefined) return 0;
  const prefix = await transact(installation.database, installationId);
  const connection = await connect(broker.url, { timeout: 5_000 });
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const { messageCount } = await channel.deleteQueue(`easel.${prefix}.default`);
  await connection.close();
  return messageCount;
}

async function reachMysql(holdings: Holdings, directory: string): Promise<Reached> {
  const program = await obtain(holdings, 'mariadb-server', findMysqlProgram);
  const server = await startPrivateMysql(holdings, program, directory);
  await withMysql(server.adminUrl, (connection) => connection.query('create database easel'));
  return await reach(`${server.adminUrl}/easel`, server);
}

async function reachAmqp(holdings: Holdings, directory: string): Promise<Reached> {
  const programs = await obtain(holdings, 'rabbitmq-server', findAmqpPrograms);
  const server = await startPrivateAmqp(holdings, programs, { parent: directory });
  return await reach(server.url, server);
}

async function reach(url: string, { kill, start }: Pick<Reached, 'kill' | 'start'>): Promise<Reached> {
  return { url, proxy: await TcpProxy.listen(Number(new URL(url).port)), kill, start };
}

async function initialise(
  { queue }: Combination,
  { home, environment, database, broker }: Pick<Ground, 'home' | 'environment' | 'database' | 'broker'>,
): Promise<void> {
  const urls = {
    ...(database === undefined ? {} : { database_url: throughProxy(database) }),
    ...(broker === undefined ? {} : { queue_url: throughProxy(broker) }),
  };
  writeFileSync(join(home, 'settings.yaml'), stringify({ ...SETTINGS, ...urls }), { mode: 0o600 });
  for (const command of [['init-schema'], ['init-queues', '--queue-implementation', queue]]) {
    const { code, stderr } = await runEasel(command, environment);
    if (code !== 0) throw new Error(`easel ${command.join(' ')}: ${stderr}`);
  }
}

function throughProxy({ url, proxy }: Reached): string {
  const through = new URL(url);
  through.port = String(proxy.port);
  return through.href;
}

async function dismiss(guard: ChildProcess, keep: boolean): Promise<void> {
  const ended = new Promise((resolve) => guard.once('exit', resolve));
  guard.stdin?.end(keep ? 'keep' : '');
  await ended;
}
