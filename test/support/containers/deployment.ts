/** An installation whose processes run in containers of a real engine, and whose database and broker are reached over its network. */
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from 'dockerode';
import type { Engine } from '../../../controller/deployment/docker/api.ts';
import { readIdentity } from '../../../controller/deployment/identity.ts';
import { LABELS } from '../../../controller/deployment/orchestrator.ts';
import { CONTAINER_USER } from '../../../controller/deployment/service.ts';
import { createDaemons, type Daemons } from '../daemons.ts';
import { createMysqlDatabase, createVhost } from '../databases.ts';
import { TcpProxy } from '../tcp-proxy.ts';

/** The address of this machine in the network that every Docker engine has. */
const BRIDGE = '172.17.0.1';

export interface Deployment {
  readonly daemons: Daemons;
  /** Ends what was deployed, and removes what was made for it. */
  readonly close: () => Promise<void>;
}

export interface DeploymentOptions {
  readonly orchestrator: 'docker' | 'swarm';
  readonly queue: 'sql' | 'amqp';
  /** Registry files. */
  readonly taskTypes: readonly string[];
  /** By worker class. */
  readonly images: Readonly<Record<string, string>>;
}

export async function createDeployment({
  orchestrator,
  queue,
  taskTypes,
  images,
}: DeploymentOptions): Promise<Deployment> {
  const database = await createMysqlDatabase();
  const vhost = queue === 'amqp' ? await createVhost() : undefined;
  const proxies = [await TcpProxy.open(database.url, BRIDGE)];
  if (vhost !== undefined) proxies.push(await TcpProxy.open(vhost.url, BRIDGE));
  const [databaseUrl = '', queueUrl] = proxies.map(({ url }) => url);
  const daemons = await createDaemons({
    databaseUrl,
    ...(queueUrl !== undefined && { queueUrl }),
    settings: {
      ...{ lease_seconds: 6, renew_seconds: 1, drain_seconds: 4, kill_grace_seconds: 1, min_free_mb: 16 },
      ...{ task_types: taskTypes, containers: { orchestrator, images } },
    },
  });
  for (const area of ['input', 'output']) {
    mkdirSync(join(daemons.home, area), { recursive: true });
    chownSync(join(daemons.home, area), CONTAINER_USER, CONTAINER_USER);
  }
  return {
    daemons,
    close: async () => {
      await daemons.easel(['stop', '--all', '--yes']);
      await daemons.close();
      for (const proxy of proxies) proxy.close();
      await vhost?.remove();
      await database.drop();
    },
  };
}

/** A container of the service that runs. */
export async function containerOf(engine: Engine, { home }: Daemons, service: string): Promise<Container> {
  const deployment = readIdentity(home)?.id;
  const label = [`${LABELS.deployment}=${deployment}`, `${LABELS.service}=${service}`];
  const [container] = await engine.listContainers({ filters: { label, status: ['running'] } });
  return engine.getContainer(container?.Id ?? '');
}

/** What `stop` keeps: volumes of the database and the broker. */
export async function removeVolumes(engine: Engine, deployment: string): Promise<void> {
  const { Volumes: volumes } = await engine.listVolumes();
  const ours = volumes.filter(({ Name }) => Name.startsWith(`easel-${deployment.slice(0, 8)}-`));
  for (const { Name } of ours) await engine.getVolume(Name).remove();
}
