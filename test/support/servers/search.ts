/**
 * Finds a MySQL or MariaDB server and a RabbitMQ broker for a test run, and says in one line each which it took.
 * The order: a URL that was given; a server that answers at its usual place here; a container; an instance of our own from this
 * machine's programs, installed first where that is allowed. Finding none is an error that tells what to do; nothing is skipped.
 */
import type { AmqpAccess, MysqlAccess, ServerAccess } from './access.ts';
import { isLeftover } from './access.ts';
import { startAmqpContainer, startMysqlContainer } from './containers.ts';
import { installPackage } from './debian.ts';
import { type Holdings, messageOf } from './holdings.ts';
import { takeAmqp, takeLocalAmqp, takeLocalMysql, takeMysql, type Versioned } from './local.ts';
import { sweepMysql } from './mysql.ts';
import { findAmqpPrograms, startPrivateAmqp } from './private-amqp.ts';
import { findMysqlProgram, startPrivateMysql } from './private-mysql.ts';
import { sweepVhosts } from './vhosts.ts';

const legNames = ['local', 'containers', 'private'] as const;
type LegName = (typeof legNames)[number];

interface Search<T> {
  server: string;
  urlVariable: string;
  url: string | undefined;
  take(url: string): Promise<Versioned<T>>;
  legs: Record<LegName, () => Promise<Versioned<T>>>;
}

/** Finds both servers, and arranges for what the run makes on them to be removed at its end. */
export async function findServers(holdings: Holdings, prefix: string): Promise<ServerAccess> {
  // Both searches are seen to their end, so that nothing is still being started when a failure is reported.
  const [mysql, amqp] = await Promise.allSettled([findMysql(holdings, prefix), findAmqp(holdings, prefix)]);
  if (mysql.status === 'rejected') throw mysql.reason;
  if (amqp.status === 'rejected') throw amqp.reason;
  return { prefix, mysql: mysql.value, amqp: amqp.value };
}

async function findMysql(holdings: Holdings, prefix: string): Promise<MysqlAccess> {
  const { adminUrl } = await search<MysqlAccess>(holdings, {
    server: 'MySQL or MariaDB server',
    urlVariable: 'EASEL_TEST_MYSQL_URL',
    url: process.env.EASEL_TEST_MYSQL_URL,
    take: (url) => takeMysql(url, prefix),
    legs: {
      local: () => takeLocalMysql(holdings, prefix),
      containers: () => startMysqlContainer(holdings),
      private: async () => {
        const program = await obtain(holdings, 'mariadb-server', findMysqlProgram);
        return startPrivateMysql(holdings, program);
      },
    },
  });
  await sweepMysql(adminUrl, isLeftover);
  holdings.add(`databases at ${hideLogin(adminUrl)}`, async () => {
    await sweepMysql(adminUrl, (name) => name.startsWith(prefix));
  });
  return { adminUrl };
}

async function findAmqp(holdings: Holdings, prefix: string): Promise<AmqpAccess> {
  const { url, vhosts } = await search<AmqpAccess>(holdings, {
    server: 'RabbitMQ broker',
    urlVariable: 'EASEL_TEST_AMQP_URL',
    url: process.env.EASEL_TEST_AMQP_URL,
    take: (given) => takeAmqp(given, prefix),
    legs: {
      local: () => takeLocalAmqp(prefix),
      containers: () => startAmqpContainer(holdings),
      private: async () =>
        startPrivateAmqp(holdings, await obtain(holdings, 'rabbitmq-server', findAmqpPrograms)),
    },
  });
  await sweepVhosts(vhosts, isLeftover);
  holdings.add(`virtual hosts at ${hideLogin(url)}`, async () => {
    await sweepVhosts(vhosts, (name) => name.startsWith(prefix));
  });
  return { url, vhosts };
}

async function search<T>(holdings: Holdings, wanted: Search<T>): Promise<Versioned<T>> {
  if (wanted.url !== undefined && wanted.url !== '') return takeGiven(holdings, wanted, wanted.url);
  const reasons: string[] = [];
  for (const leg of chooseLegs()) {
    try {
      const found = await wanted.legs[leg]();
      holdings.say(`${wanted.server}: ${legTitles[leg]} (${found.version})`);
      return found;
    } catch (error) {
      const reason = `${legTitles[leg]}: ${messageOf(error).split('\n')[0]}`;
      holdings.say(`${wanted.server}: not ${reason}`);
      reasons.push(reason);
    }
  }
  throw new Error(
    [
      `The tests need a ${wanted.server}, and none was to be had.`,
      ...reasons.map((reason) => `  ${reason}`),
      `Start one at its usual port, start a Docker engine, install the server's programs, or give ${wanted.urlVariable}.`,
    ].join('\n'),
  );
}

// Somebody named this very server: to go on to another would test something else than was asked for.
async function takeGiven<T>(holdings: Holdings, wanted: Search<T>, url: string): Promise<Versioned<T>> {
  try {
    const found = await wanted.take(url);
    holdings.say(`${wanted.server}: ${hideLogin(url)}, as ${wanted.urlVariable} says (${found.version})`);
    return found;
  } catch (error) {
    const message = `${wanted.urlVariable} names a ${wanted.server} that cannot be used: ${messageOf(error)}`;
    throw new Error(message, { cause: error });
  }
}

const legTitles: Record<LegName, string> = {
  local: 'the one running on this machine',
  containers: 'a container',
  private: 'an instance of its own',
};

function chooseLegs(): readonly LegName[] {
  const forced = process.env.EASEL_TEST_SERVERS;
  if (forced === undefined || forced === '') return legNames;
  const leg = legNames.find((name) => name === forced);
  if (leg === undefined)
    throw new Error(`EASEL_TEST_SERVERS is '${forced}': say one of ${legNames.join(', ')}, or nothing`);
  return [leg];
}

let installation: Promise<unknown> = Promise.resolve();

/** The programs of a server, installed where that is allowed. Searches run side by side, but apt holds a lock: they queue up. */
export async function obtain<T>(holdings: Holdings, packageName: string, find: () => T | null): Promise<T> {
  const found = find();
  if (found !== null) return found;
  const installing = installation.then(() => installPackage(holdings, packageName));
  installation = installing;
  const reason = await installing;
  const installed = find();
  if (installed === null)
    throw new Error(`its programs are not on this machine; ${reason ?? 'the package did not bring them'}`);
  return installed;
}

function hideLogin(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
