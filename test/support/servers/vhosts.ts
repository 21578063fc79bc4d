/**
 * Making, listing and removing virtual hosts of a RabbitMQ broker: over its management API, or with rabbitmqctl. AMQP itself
 * cannot do it, so a broker that offers neither way is of no use to a test run, which never works in somebody's own host.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import type { VhostAccess } from './access.ts';
import { within } from './holdings.ts';

const answerMs = 8_000;
const ctlMs = 30_000;
const runFile = promisify(execFile);

/** Throws unless the broker takes the login and virtual host of the URL. */
export async function checkAmqp(url: string): Promise<string> {
  const connection = await within(answerMs, 'RabbitMQ', connect(url));
  connection.on('error', () => undefined);
  const properties = connection.connection.serverProperties;
  await connection.close();
  return `${String(properties.product)} ${String(properties.version)}`;
}

export async function createVhostOn(access: VhostAccess, name: string, user: string): Promise<void> {
  if (access.kind === 'http') {
    await request(access, 'PUT', `vhosts/${encodeURIComponent(name)}`);
    const everything = JSON.stringify({ configure: '.*', write: '.*', read: '.*' });
    const path = `permissions/${encodeURIComponent(name)}/${encodeURIComponent(user)}`;
    await request(access, 'PUT', path, everything);
    return;
  }
  await runCtl(access, ['add_vhost', name]);
  await runCtl(access, ['set_permissions', '-p', name, user, '.*', '.*', '.*']);
}

export async function removeVhostOn(access: VhostAccess, name: string): Promise<void> {
  if (access.kind === 'http') await request(access, 'DELETE', `vhosts/${encodeURIComponent(name)}`);
  else await runCtl(access, ['delete_vhost', name]);
}

export async function listVhosts(access: VhostAccess): Promise<string[]> {
  if (access.kind === 'ctl')
    return (await runCtl(access, ['list_vhosts', '--silent'])).split('\n').map((line) => line.trim());
  const response = await request(access, 'GET', 'vhosts?columns=name');
  return ((await response.json()) as { name: string }[]).map((vhost) => vhost.name);
}

export async function sweepVhosts(access: VhostAccess, isOurs: (name: string) => boolean): Promise<number> {
  const names = (await listVhosts(access)).filter((name) => name.startsWith('easel_test_') && isOurs(name));
  for (const name of names) await removeIfThere(access, name);
  return names.length;
}

// Two runs that begin together sweep together: that the other one was quicker is no error.
async function removeIfThere(access: VhostAccess, name: string): Promise<void> {
  try {
    await removeVhostOn(access, name);
  } catch (error) {
    if ((await listVhosts(access)).includes(name)) throw error;
  }
}

/** The same broker and login, another virtual host. */
export function vhostUrl(url: string, name: string): string {
  const inVhost = new URL(url);
  inVhost.pathname = `/${encodeURIComponent(name)}`;
  return inVhost.href;
}

export async function runCtl(access: VhostAccess, args: string[]): Promise<string> {
  if (access.kind !== 'ctl') throw new Error('this broker is not administered by its control program');
  const identity = access.uid === null || access.gid === null ? {} : { uid: access.uid, gid: access.gid };
  const env = { ...process.env, ...access.env };
  const { stdout } = await runFile(access.program, args, { ...identity, env, timeout: ctlMs });
  return stdout;
}

async function request(
  access: Extract<VhostAccess, { kind: 'http' }>,
  method: string,
  path: string,
  body?: string,
): Promise<Response> {
  const login = Buffer.from(`${access.user}:${access.password}`).toString('base64');
  const response = await fetch(new URL(`api/${path}`, access.url), {
    method,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(answerMs),
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: the management API answered ${response.status}`);
  return response;
}
