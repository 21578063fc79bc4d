/**
 * The finder of test servers, leg by leg, in keepers of their own: what it takes, what it makes there, and that nothing remains.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { createMysqlDatabase, createVhost } from '../support/databases.ts';
import {
  createName,
  createRunPrefix,
  isLeftover,
  type ServerAccess,
  type VhostAccess,
} from '../support/servers/access.ts';
import { holdServers } from '../support/servers/hold.ts';
import { createHoldings } from '../support/servers/holdings.ts';
import { takeLocalMysql } from '../support/servers/local.ts';
import { checkMysql, sweepMysql, withMysql } from '../support/servers/mysql.ts';
import { findMysqlProgram, startPrivateMysql } from '../support/servers/private-mysql.ts';
import { checkAmqp, createVhostOn, listVhosts, sweepVhosts, vhostUrl } from '../support/servers/vhosts.ts';
import { until } from '../support/until.ts';

const ignore = (): void => undefined;
const privateEnv = {
  ...process.env,
  EASEL_TEST_SERVERS: 'private',
  EASEL_TEST_MYSQL_URL: '',
  EASEL_TEST_AMQP_URL: '',
};

async function listDatabases(adminUrl: string): Promise<string[]> {
  return withMysql(adminUrl, async (connection) => {
    const [rows] = await connection.query('select schema_name as name from information_schema.schemata');
    return (rows as { name: string }[]).map((row) => row.name);
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What a person would set up so that virtual hosts can be made on the broker at a URL. */
function administrationOf(vhosts: VhostAccess): NodeJS.ProcessEnv {
  if (vhosts.kind === 'http') return { EASEL_TEST_AMQP_MANAGEMENT_URL: vhosts.url };
  return { ...vhosts.env, PATH: `${dirname(vhosts.program)}${delimiter}${process.env.PATH ?? ''}` };
}

describe('the servers of this run', () => {
  test('give a test an empty database, and take it away', async () => {
    const database = await createMysqlDatabase();
    await withMysql(database.url, (connection) => connection.query('create table t (id int primary key)'));
    expect(await listDatabases(inject('mysqlAdminUrl'))).toContain(new URL(database.url).pathname.slice(1));
    await database.drop();
    expect(await listDatabases(inject('mysqlAdminUrl'))).not.toContain(
      new URL(database.url).pathname.slice(1),
    );
  });

  test('give a test a virtual host, and take it away', async () => {
    const vhost = await createVhost();
    expect(await checkAmqp(vhost.url)).toMatch(/RabbitMQ/);
    await vhost.remove();
    await expect(checkAmqp(vhost.url)).rejects.toThrow();
  });
});

describe('a URL that was given', () => {
  test('is taken, and what the run made there is removed at its end', async () => {
    const said: string[] = [];
    const { vhosts } = inject('servers').amqp;
    const urls = { EASEL_TEST_MYSQL_URL: inject('mysqlAdminUrl'), EASEL_TEST_AMQP_URL: inject('amqpUrl') };
    const held = await holdServers((line) => said.push(line), {
      ...process.env,
      ...urls,
      ...administrationOf(vhosts),
    });
    expect(said.join('\n')).toMatch(/as EASEL_TEST_MYSQL_URL says/);
    expect(said.join('\n')).toMatch(/as EASEL_TEST_AMQP_URL says/);
    const name = createName(held.access.prefix);
    await withMysql(held.access.mysql.adminUrl, (connection) =>
      connection.query('create database ??', [name]),
    );
    await createVhostOn(vhosts, name, decodeURIComponent(new URL(inject('amqpUrl')).username));
    expect(await held.release()).toEqual([]);
    expect(await listDatabases(inject('mysqlAdminUrl'))).not.toContain(name);
    expect(await listVhosts(vhosts)).not.toContain(name);
  });

  test('is an error when nothing usable is there, and no other server is taken instead', async () => {
    const env = { ...process.env, EASEL_TEST_MYSQL_URL: 'mysql://root@127.0.0.1:1' };
    await expect(holdServers(ignore, env)).rejects.toThrow(
      /EASEL_TEST_MYSQL_URL names a .* that cannot be used/,
    );
  });
});

describe('private instances', { timeout: 150_000 }, () => {
  test('answer, and are gone without a trace when the runner is killed', async () => {
    const hold = fileURLToPath(new URL('../support/servers/hold.ts', import.meta.url));
    const script = `import { holdServers } from ${JSON.stringify(hold)};
      const held = await holdServers(() => undefined);
      console.log(JSON.stringify({ access: held.access, keeperPid: held.keeperPid }));
      setInterval(() => undefined, 1000);`;
    const args = ['--input-type=module', '-e', script];
    const runner = spawn(process.execPath, args, { env: privateEnv, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: runner.stdout }), 'line');
    const { access, keeperPid } = JSON.parse(line) as { access: ServerAccess; keeperPid: number };
    const { mysql, amqp } = access;
    expect(mysql.adminUrl).not.toBe(inject('mysqlAdminUrl'));
    expect(await checkMysql(mysql.adminUrl)).toBeTruthy();
    const name = createName(access.prefix);
    await createVhostOn(amqp.vhosts, name, 'guest');
    expect(await checkAmqp(vhostUrl(amqp.url, name))).toMatch(/RabbitMQ/);
    runner.kill('SIGKILL');
    await until(() => !isAlive(keeperPid), { timeoutMs: 90_000, message: 'the keeper to end' });
    await expect(checkMysql(mysql.adminUrl)).rejects.toThrow();
    await expect(checkAmqp(amqp.url)).rejects.toThrow();
    if (amqp.vhosts.kind !== 'ctl')
      throw new Error('a private broker is administered by its control program');
    expect(existsSync(amqp.vhosts.env.HOME ?? '')).toBe(false);
  });

  test('are reached through their socket by an account for the run where no password-less port is', async () => {
    const holdings = createHoldings(ignore);
    const prefix = createRunPrefix();
    try {
      const program = findMysqlProgram();
      if (program === null) throw new Error('this test needs the programs of MariaDB or MySQL');
      const server = await startPrivateMysql(holdings, program);
      const places = { url: 'mysql://root@127.0.0.1:1', sockets: ['/nowhere.sock', server.socketPath] };
      const runHoldings = createHoldings(ignore);
      const taken = await takeLocalMysql(runHoldings, prefix, places);
      expect(new URL(taken.adminUrl).username.startsWith(prefix)).toBe(true);
      expect(await checkMysql(taken.adminUrl)).toBeTruthy();
      expect(await runHoldings.releaseAll()).toEqual([]);
      await expect(checkMysql(taken.adminUrl)).rejects.toThrow(/Access denied/);
    } finally {
      expect(await holdings.releaseAll()).toEqual([]);
    }
  });
});

describe('what an unlucky run left behind', () => {
  test('is recognised by its name once it is older than a day', () => {
    expect(isLeftover('easel_test_60000000abcd01234567')).toBe(true);
    expect(isLeftover(createName(createRunPrefix()))).toBe(false);
    expect(isLeftover('easel_test_notes')).toBe(false);
    expect(isLeftover('easel')).toBe(false);
  });

  test('is removed by the next run, and nothing else is', async () => {
    const { mysql, amqp } = inject('servers');
    const old = createName('easel_test_60000000abcd');
    const young = await createMysqlDatabase();
    await withMysql(mysql.adminUrl, (connection) =>
      connection.query('create database if not exists ??', [old]),
    );
    await createVhostOn(amqp.vhosts, old, decodeURIComponent(new URL(amqp.url).username));
    await sweepMysql(mysql.adminUrl, isLeftover);
    await sweepVhosts(amqp.vhosts, isLeftover);
    expect(await listVhosts(amqp.vhosts)).not.toContain(old);
    expect(await listDatabases(mysql.adminUrl)).not.toContain(old);
    expect(await listDatabases(mysql.adminUrl)).toContain(new URL(young.url).pathname.slice(1));
    await young.drop();
  });
});
