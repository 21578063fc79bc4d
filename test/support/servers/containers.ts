/**
 * Servers in containers, where a Docker engine answers. testcontainers is imported only then: it is large. A pull that fails or
 * lasts too long is an answer like any other: the search goes on.
 */
import type { AmqpAccess, MysqlAccess } from './access.ts';
import { type Holdings, within } from './holdings.ts';
import { checkMysql } from './mysql.ts';
import { checkAmqp } from './vhosts.ts';

const engineMs = 10_000;
const startMs = 4 * 60_000;
const mariadbImage = 'mariadb:11.4';
const rabbitmqImage = 'rabbitmq:4-management';
const managementPort = 15672;

/** Throws, quickly, when no container engine answers. */
async function requireEngine(): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  await within(engineMs, 'the container engine', getContainerRuntimeClient());
}

export async function startMysqlContainer(holdings: Holdings): Promise<MysqlAccess & { version: string }> {
  await requireEngine();
  holdings.say(`starting a container of ${mariadbImage}`);
  const { MariaDbContainer } = await import('@testcontainers/mariadb');
  const container = await within(startMs, mariadbImage, new MariaDbContainer(mariadbImage).start());
  holdings.add('the MariaDB container', async () => void (await container.stop()));
  const password = encodeURIComponent(container.getRootPassword());
  const adminUrl = `mysql://root:${password}@${container.getHost()}:${container.getPort()}`;
  return { adminUrl, version: await checkMysql(adminUrl) };
}

export async function startAmqpContainer(holdings: Holdings): Promise<AmqpAccess & { version: string }> {
  await requireEngine();
  holdings.say(`starting a container of ${rabbitmqImage}`);
  const { RabbitMQContainer } = await import('@testcontainers/rabbitmq');
  const container = await within(startMs, rabbitmqImage, new RabbitMQContainer(rabbitmqImage).start());
  holdings.add('the RabbitMQ container', async () => void (await container.stop()));
  const host = container.getHost();
  const url = container.getAmqpUrl().replace('amqp://', 'amqp://guest:guest@');
  const management = `http://${host}:${container.getMappedPort(managementPort)}/`;
  const vhosts = { kind: 'http', url: management, user: 'guest', password: 'guest' } as const;
  return { url, version: await checkAmqp(url), vhosts };
}
