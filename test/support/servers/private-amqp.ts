/**
 * A RabbitMQ broker of the run's own, from the programs of this machine. An Erlang node finds others through a port mapper that
 * all nodes of a machine share, and outlives them; so this one brings its own mapper, on its own port, and both are stopped.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listProcesses, readProcFile } from '../../../worker/slot/process-table.ts';
import type { AmqpAccess } from './access.ts';
import type { Holdings } from './holdings.ts';
import {
  createHome,
  findFreePort,
  findIdentity,
  findProgram,
  type Identity,
  killProcess,
  startServer,
  waitForAnswer,
} from './programs.ts';
import { checkAmqp, listVhosts, runCtl } from './vhosts.ts';

export interface PrivateAmqp extends AmqpAccess {
  version: string;
  /** Without warning. The port mapper lives on. */
  kill(): Promise<void>;
  /** Starts it again, at the same place, after a kill. */
  start(): Promise<void>;
  /** How many messages of a queue are delivered and not acknowledged. */
  unacknowledged(queue: string): Promise<number>;
}

export interface BrokerOptions {
  /** The directory in which its own is made. */
  parent?: string;
  /** The text of an advanced.config. */
  advanced?: string;
}

export interface AmqpPrograms {
  server: string;
  ctl: string;
  mapper: string;
}

/** The programs of a broker, or null. Debian's wrappers on the PATH insist on its own user: the real ones are looked for first. */
export function findAmqpPrograms(): AmqpPrograms | null {
  const real = ['/usr/lib/rabbitmq/bin'];
  const server = findProgram(['rabbitmq-server'], real);
  const ctl = findProgram(['rabbitmqctl'], real);
  const mapper = findProgram(['epmd']);
  return server === null || ctl === null || mapper === null ? null : { server, ctl, mapper };
}

export async function startPrivateAmqp(
  holdings: Holdings,
  programs: AmqpPrograms,
  { parent, advanced = '[].' }: BrokerOptions = {},
): Promise<PrivateAmqp> {
  const identity = findIdentity();
  const home = createHome(holdings, identity, parent);
  const port = await findFreePort();
  const mapperPort = await findFreePort();
  const env = createEnvironment(home, { port, mapperPort, nodePort: await findFreePort() });
  writeOwned(home, '.erlang.cookie', randomBytes(16).toString('hex'), identity);
  writeOwned(home, 'enabled_plugins', '[].\n', identity);
  writeOwned(home, 'advanced.config', `${advanced}\n`, identity);
  const mapperArgs = ['-port', String(mapperPort), '-address', '127.0.0.1'];
  startServer(holdings, { program: programs.mapper, args: mapperArgs, home, identity });
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const launch = () => startServer(holdings, { program: programs.server, args: [], home, env, identity });
  const answer = () => waitForAnswer(child, home, () => checkAmqp(url));
  let child = launch();
  const version = await answer();
  const owner = { uid: identity.uid ?? null, gid: identity.gid ?? null };
  const vhosts = { kind: 'ctl', program: programs.ctl, env, ...owner } as const;
  await listVhosts(vhosts);
  return {
    ...{ url, version, vhosts },
    kill: async () => {
      killNode(env);
      await killProcess(child);
    },
    start: async () => {
      child = launch();
      await answer();
    },
    unacknowledged: async (queue) => {
      const lines = await runCtl(vhosts, ['list_queues', '--silent', 'name', 'messages_unacknowledged']);
      const line = lines.split('\n').find((each) => each.startsWith(`${queue}\t`));
      return Number(line?.split('\t')[1] ?? 0);
    },
  };
}

/** The program is a script that starts the broker beside itself: what belongs to it bears its environment. */
function killNode({ RABBITMQ_MNESIA_BASE: base }: Record<string, string>): void {
  const marked = listProcesses().filter(({ pid }) =>
    readProcFile(`${pid}/environ`)?.includes(`RABBITMQ_MNESIA_BASE=${base}\0`),
  );
  for (const { pid } of marked) process.kill(pid, 'SIGKILL');
}

function createEnvironment(
  home: string,
  ports: { port: number; mapperPort: number; nodePort: number },
): Record<string, string> {
  return {
    HOME: home,
    ERL_EPMD_PORT: String(ports.mapperPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'easel_test@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.port),
    RABBITMQ_DIST_PORT: String(ports.nodePort),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_CONF_ENV_FILE: join(home, 'no-environment.conf'),
    RABBITMQ_CONFIG_FILE: join(home, 'no-settings'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

function writeOwned(home: string, name: string, text: string, identity: Identity): void {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o400 });
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(path, identity.uid, identity.gid);
}
