/**
 * Servers that are there already: at a URL somebody gave, or answering at their usual places on this machine.
 * A server is taken only after it has shown that databases, or virtual hosts, of our own can be made on it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type AmqpAccess, createName, isLeftover, type MysqlAccess, type VhostAccess } from './access.ts';
import { type Holdings, messageOf } from './holdings.ts';
import { checkMysql, type MysqlAddress, withMysql } from './mysql.ts';
import { findProgram } from './programs.ts';
import { checkAmqp, createVhostOn, removeVhostOn, vhostUrl } from './vhosts.ts';

const mysqlUrl = 'mysql://root@127.0.0.1:3306';
const mysqlSockets = ['/run/mysqld/mysqld.sock', '/var/lib/mysql/mysql.sock', '/tmp/mysql.sock'];
const amqpUrl = 'amqp://guest:guest@127.0.0.1:5672';
const managementPort = 15672;

export type Versioned<T> = T & { version: string };

export async function takeMysql(adminUrl: string, prefix: string): Promise<Versioned<MysqlAccess>> {
  const version = await checkMysql(adminUrl);
  const name = createName(prefix);
  await withMysql(adminUrl, async (connection) => {
    await connection.query('create database ??', [name]);
    await connection.query('drop database ??', [name]);
  });
  return { adminUrl, version };
}

/** The server at the usual port, as root without a password; else the one at a usual socket, through an account made for this run. */
export async function takeLocalMysql(
  holdings: Holdings,
  prefix: string,
  places: { url: string; sockets: string[] } = { url: mysqlUrl, sockets: mysqlSockets },
): Promise<Versioned<MysqlAccess>> {
  try {
    return await takeMysql(places.url, prefix);
  } catch (error) {
    for (const socketPath of places.sockets.filter(existsSync)) {
      const taken = await takeMysqlAtSocket(holdings, prefix, socketPath).catch(() => null);
      if (taken !== null) return taken;
    }
    throw error;
  }
}

// Debian lets the system's root in as the server's root, but only through the socket. Tests speak TCP, as Easel does.
async function takeMysqlAtSocket(
  holdings: Holdings,
  prefix: string,
  socketPath: string,
): Promise<Versioned<MysqlAccess>> {
  const socket = { socketPath, user: 'root' };
  const account = createName(prefix);
  const password = randomBytes(12).toString('hex');
  await dropLeftAccounts(socket);
  const port = await withMysql(socket, async (connection) => {
    await connection.query('create user ?@? identified by ?', [account, '127.0.0.1', password]);
    holdings.add(`the MySQL account ${account}`, () => dropAccount(socket, account));
    await connection.query('grant all on `easel\\_test\\_%`.* to ?@?', [account, '127.0.0.1']);
    const [rows] = await connection.query('select @@port as port');
    return (rows as { port: number }[])[0]?.port;
  });
  return takeMysql(`mysql://${account}:${password}@127.0.0.1:${port}`, prefix);
}

async function dropLeftAccounts(socket: MysqlAddress): Promise<void> {
  const names = await withMysql(socket, async (connection) => {
    const [rows] = await connection.query(
      "select user as name from mysql.user where user like 'easel\\_test\\_%'",
    );
    return (rows as { name: string }[]).map((row) => row.name);
  });
  for (const name of names.filter(isLeftover)) await dropAccount(socket, name);
}

async function dropAccount(socket: MysqlAddress, account: string): Promise<void> {
  await withMysql(socket, (connection) =>
    connection.query('drop user if exists ?@?', [account, '127.0.0.1']),
  );
}

export function takeLocalAmqp(prefix: string): Promise<Versioned<AmqpAccess>> {
  return takeAmqp(amqpUrl, prefix);
}

export async function takeAmqp(url: string, prefix: string): Promise<Versioned<AmqpAccess>> {
  const version = await checkAmqp(url);
  const reasons: string[] = [];
  for (const vhosts of listVhostAccesses(url)) {
    const reason = await tryVhosts(vhosts, url, prefix);
    if (reason === null) return { url, version, vhosts };
    reasons.push(reason);
  }
  throw new Error(`no virtual host can be made there: ${reasons.join('; ')}`);
}

function listVhostAccesses(url: string): VhostAccess[] {
  const { hostname, username, password, protocol } = new URL(url);
  const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  const given = process.env.EASEL_TEST_AMQP_MANAGEMENT_URL;
  const scheme = protocol === 'amqps:' ? 'https' : 'http';
  const managementUrl = given ?? `${scheme}://${hostname}:${managementPort}/`;
  const program = findProgram(['rabbitmqctl']);
  const http = { kind: 'http', url: managementUrl, ...login } as const;
  return program === null ? [http] : [http, { kind: 'ctl', program, env: {}, uid: null, gid: null }];
}

// The program may serve another broker than the one at the URL: only a host that the URL can reach proves the two are one.
async function tryVhosts(vhosts: VhostAccess, url: string, prefix: string): Promise<string | null> {
  const name = createName(prefix);
  try {
    await createVhostOn(vhosts, name, decodeURIComponent(new URL(url).username));
  } catch (error) {
    return `${vhosts.kind === 'http' ? 'management API' : 'rabbitmqctl'}: ${messageOf(error).split('\n')[0]}`;
  }
  try {
    await checkAmqp(vhostUrl(url, name));
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await removeVhostOn(vhosts, name);
  }
}
