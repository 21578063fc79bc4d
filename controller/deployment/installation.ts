/** The installation that a deployment is to run: its servers made ready, what would keep it from starting, the record of what was done. */
import { checkSchema, migrate } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { rememberSettings, type Settings } from '../../core/runtime/settings.ts';
import { recordAction } from '../../core/store/audit.ts';
import { chooseQueue } from '../../core/store/installation.ts';
import { hasUsers } from '../../core/store/users.ts';
import { brokerAt, databaseAt, type OwnServers } from './addresses.ts';
import { type Deployed, type DeployParts, type DeployWish, type ServerPorts, untilWell } from './deploy.ts';
import type { Orchestrator } from './orchestrator.ts';
import type { Service } from './service.ts';

export interface BroughtServers {
  readonly servers: readonly Service[];
  readonly wanted: OwnServers;
  readonly ports: ServerPorts;
}

/**
 * Servers that were just brought: waited for, their addresses remembered, tables made, the queue chosen. Answers the settings
 * then. A cluster's are reached from within it only: there people do the rest (docs/deployment.md).
 */
export async function prepareServers(
  { orchestrator, settings, identity }: DeployParts & { readonly orchestrator: Orchestrator },
  { servers, wanted, ports }: BroughtServers,
): Promise<Settings> {
  for (const server of servers) await untilWell(orchestrator, server);
  if (orchestrator.kind === 'kubernetes' || servers.length === 0) return settings;
  rememberSettings(settings.home, {
    database_url: wanted.database ? databaseAt(identity, '127.0.0.1', ports.database) : undefined,
    queue_url: wanted.broker ? brokerAt(identity, '127.0.0.1', ports.broker) : undefined,
  });
  const now = settings.reread();
  if (wanted.database) await withDatabase(now, migrate);
  if (wanted.broker)
    await withDatabase(now, (database) => transact(database, (trx) => chooseQueue(trx, 'amqp')));
  return now;
}

/** What would have every container end at once is said before the first one starts. */
export async function checkInstallation(settings: Settings, wish: DeployWish): Promise<void> {
  if (!isReachable(settings)) return;
  await withDatabase(settings, async (database) => {
    await checkSchema(database);
    if (wish.classes.length > 0 || wish.web === null || (await hasUsers(reading(database)))) return;
    throw new EaselError(
      'conflict',
      'the dashboard would listen in a network, and there are no users: add one with `easel user add NAME --role admin`, or deploy with --no-web',
    );
  });
}

export async function recordDeployment(
  settings: Settings,
  done: readonly Deployed[],
  person: string,
): Promise<void> {
  const changed = done.filter(({ applied }) => applied !== 'unchanged').map(({ service }) => service.name);
  if (changed.length === 0 || !isReachable(settings)) return;
  const row = { person, action: 'deploy', detail: changed.join(', ') };
  await withDatabase(settings, (database) => transact(database, (trx) => recordAction(trx, row)));
}

export async function withDatabase<T>(
  settings: Settings,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(settings.database_url, { connections: 1, mustExist: true });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The database of a cluster may be known within it only. */
const isReachable = ({ containers }: Settings): boolean => containers.orchestrator !== 'kubernetes';
