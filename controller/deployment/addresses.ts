/** How processes in containers reach database and broker, which is not how this machine does. */
import { EaselError } from '../../core/model/errors.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import type { Identity } from './identity.ts';
import {
  type Addresses,
  BROKER_PORT,
  BROKER_SERVICE,
  DATABASE_PORT,
  DATABASE_SERVICE,
} from './plan-services.ts';

/** Which of the two the deployment brings itself. */
export interface OwnServers {
  readonly database: boolean;
  readonly broker: boolean;
}

/** Throws EaselError when containers could not reach what the settings name. */
export function addressesFor(settings: Settings, identity: Identity, own: OwnServers): Addresses {
  const databaseUrl = own.database
    ? databaseAt(identity, DATABASE_SERVICE, DATABASE_PORT)
    : settings.database_url;
  const queueUrl = own.broker ? brokerAt(identity, BROKER_SERVICE, BROKER_PORT) : settings.queue_url;
  if (databaseUrl.startsWith('sqlite:'))
    throw new EaselError(
      'settings',
      'an embedded database cannot be shared by containers: `easel deploy --database` brings a MariaDB, or name a MySQL or MariaDB server (EASEL_DATABASE_URL)',
    );
  if (!own.database) refuseLoopback(settings, 'the database', databaseUrl);
  if (!own.broker && queueUrl !== undefined) refuseLoopback(settings, 'the broker', queueUrl);
  return { database_url: databaseUrl, queue_url: queueUrl };
}

export function databaseAt({ database_password }: Identity, host: string, port: number): string {
  return `mysql://easel:${database_password ?? ''}@${host}:${port}/easel`;
}

export function brokerAt({ broker_password }: Identity, host: string, port: number): string {
  return `amqp://easel:${broker_password ?? ''}@${host}:${port}`;
}

function refuseLoopback({ containers }: Settings, what: string, url: string): void {
  const { hostname } = new URL(url);
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (!isHere || containers.network === 'host') return;
  throw new EaselError(
    'settings',
    `${what} is at ${hostname}, which in a container is the container itself: name an address of this machine that containers reach ` +
      '(the server has to listen there), or, on one machine, set `containers: {network: host}` in the settings',
  );
}
