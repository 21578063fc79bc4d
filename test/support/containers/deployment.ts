/** An installation whose processes run in containers of a real engine, and whose database and broker are reached over its network. */
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINER_USER } from '../../../controller/deployment/service.ts';
import { changeSettings, createDaemons, type Daemons } from '../daemons.ts';
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
  readonly taskTypes: readonly string[];
  readonly settings?: object;
}

export async function createDeployment({
  orchestrator,
  queue,
  taskTypes,
  settings = {},
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
      ...{ task_types: taskTypes, containers: { orchestrator }, ...settings },
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

/** Adds to the `containers` of the settings. */
export function changeContainers(daemons: Daemons, containers: object): void {
  changeSettings(daemons.home, { containers });
}
