/** `easel deploy`: scheduler, dashboard and workers in containers, and database and broker if asked for. */
import { type Command, InvalidArgumentError } from 'commander';
import { collect, readCount, readPort } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { renderTable } from '../../core/cli/table.ts';
import { EaselError } from '../../core/model/errors.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import type { OwnServers } from '../deployment/addresses.ts';
import {
  type DeployParts,
  type DeployWish,
  deploy,
  ownServers,
  planDeployment,
  planServers,
  type ServerPorts,
} from '../deployment/deploy.ts';
import { ensureIdentity } from '../deployment/identity.ts';
import { checkInstallation, prepareServers, recordDeployment } from '../deployment/installation.ts';
import { publishedAt } from '../deployment/plan-services.ts';
import type { Service } from '../deployment/service.ts';
import { nameResources } from '../deployment/share-out.ts';
import { withOrchestrator } from './deployment-command.ts';

interface Options {
  readonly worker: readonly string[];
  readonly replicas?: number;
  readonly slots: number;
  readonly limitToSystemFraction?: number;
  readonly schedulers: number;
  readonly web?: string | false;
  readonly database?: boolean;
  readonly databasePort: number;
  readonly broker?: boolean;
  readonly brokerPort: number;
  readonly print?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function registerDeploy(program: Command, context: CommandContext): void {
  program
    .command('deploy')
    .description(
      'Run Easel in containers: scheduler, dashboard and a worker of every class, or the workers that are named. Repeat it at will: what is as it should be is not touched, what has changed is replaced one by one, draining.',
    )
    .option('--worker <class>', 'only workers of this class (repeatable)', collect, [])
    .option('--replicas <n>', 'workers of each class', readCount)
    .option('--slots <n>', 'tasks at once in one worker', readCount, 1)
    .option(
      '--limit-to-system-fraction <f>',
      'all workers together get at most this share of the machines, above 0 to 1; as many workers as there is room for',
      readFraction,
    )
    .option('--schedulers <n>', 'schedulers', readCount, 1)
    .option(
      '--web <address:port>',
      'where the dashboard is reached (default: 127.0.0.1:8380; on a swarm, which publishes on all addresses, 0.0.0.0:8380)',
    )
    .option('--no-web', 'without the dashboard')
    .option('--database', 'a MariaDB too, with a volume and a password of its own')
    .option('--database-port <n>', 'where this machine reaches it', readPort, 13_306)
    .option('--broker', 'a RabbitMQ too, with a volume and a password of its own')
    .option('--broker-port <n>', 'where this machine reaches it', readPort, 15_673)
    .option('--print', 'kubernetes: print the manifests, without secrets, and change nothing')
    .option('--dry-run', 'only tell what would run')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  easel deploy --database --broker\n  easel deploy --worker python --replicas 4\n  easel deploy --limit-to-system-fraction 0.5',
    )
    .action((options: Options, command: Command) => run(context, command, options));
}

async function run(context: CommandContext, command: Command, options: Options): Promise<void> {
  const wanted = { database: options.database === true, broker: options.broker === true };
  const settings = context.settings(command);
  const registry = loadRegistry(settings.task_types);
  const identity = ensureIdentity(settings.home, [
    ...(wanted.database ? (['database_password'] as const) : []),
    ...(wanted.broker ? (['broker_password'] as const) : []),
  ]);
  const parts = { settings, registry, identity };
  const ports = { database: options.databasePort, broker: options.brokerPort };
  if (options.print === true) return await print(context, parts, { options, wanted, ports });
  await withOrchestrator(context, parts, async (deployment) => {
    const running = await deployment.orchestrator.list();
    const own = ownServers(running, wanted);
    const servers = planServers(parts, wanted, ports);
    const wish = readWish(options, settings);
    const room = () => deployment.orchestrator.capacity();
    if (options.dryRun === true) {
      const services = [...servers, ...(await planDeployment(parts, own, { wish, room }))];
      return show(
        context,
        services.map((service) => ({ service, applied: null })),
        options,
      );
    }
    const say = options.json === true ? () => undefined : (line: string) => context.print(line);
    const brought = await deploy(deployment.orchestrator, servers, say);
    const ready = await prepareServers(deployment, { servers, wanted, ports });
    await checkInstallation(ready, wish);
    const services = await planDeployment({ ...parts, settings: ready }, own, { wish, room });
    const done = [...brought, ...(await deploy(deployment.orchestrator, services, say))];
    await recordDeployment(ready, done, personName());
    if (options.json === true) show(context, done, options);
  });
}

function readWish(options: Options, settings: Settings): DeployWish {
  return {
    classes: options.worker,
    replicas: options.replicas,
    slots: options.slots,
    fraction: options.limitToSystemFraction,
    web: options.web === false ? null : readAddress(options.web ?? `${publishedAt(settings)}:8380`),
    schedulers: options.schedulers,
  };
}

interface Printing {
  readonly options: Options;
  readonly wanted: OwnServers;
  readonly ports: ServerPorts;
}

/** Nothing is asked of the cluster: what it runs already is not known. */
async function print(
  context: CommandContext,
  parts: DeployParts,
  { options, wanted, ports }: Printing,
): Promise<void> {
  const { containers } = parts.settings;
  if (containers.orchestrator !== 'kubernetes')
    throw new EaselError(
      'usage',
      `--print is for kubernetes, and \`containers.orchestrator\` is ${containers.orchestrator}; --dry-run tells what would run`,
    );
  const room = () =>
    Promise.reject(
      new EaselError(
        'usage',
        '--print does not ask the cluster what it has: give --replicas instead of --limit-to-system-fraction',
      ),
    );
  const services = [
    ...planServers(parts, wanted, ports),
    ...(await planDeployment(parts, wanted, { wish: readWish(options, parts.settings), room })),
  ];
  const { printManifests } = await import('../deployment/kubernetes/print.ts');
  context.print(printManifests(parts.identity.id, services, containers.kubernetes).trimEnd());
}

const COLUMNS = [
  { title: 'service' },
  { title: 'replicas', right: true },
  { title: 'image' },
  { title: 'each at most' },
  { title: '' },
];

function show(
  context: CommandContext,
  services: readonly { readonly service: Service; readonly applied: string | null }[],
  { json }: Options,
): void {
  if (json === true) {
    context.printJson(
      services.map(({ service: { name, role, workerClass, image, replicas, limits }, applied }) => ({
        ...{ name, role, worker_class: workerClass, image, replicas, limits, applied },
      })),
    );
    return;
  }
  const rows = services.map(({ service, applied }) => [
    ...[service.name, service.replicas, service.image, nameResources(service.limits), applied ?? ''],
  ]);
  for (const line of renderTable(COLUMNS, rows)) context.print(line);
}

function readFraction(value: string): number {
  const fraction = value.trim() === '' ? Number.NaN : Number(value);
  if (!(fraction > 0 && fraction <= 1))
    throw new InvalidArgumentError('expected a number above 0, at most 1');
  return fraction;
}

function readAddress(value: string): { address: string; port: number } {
  const [, address, port] = /^(.+):(\d{1,5})$/.exec(value) ?? [];
  if (address === undefined || Number(port) > 65_535)
    throw new EaselError('usage', `--web ${value}: expected ADDRESS:PORT, such as 127.0.0.1:8380`);
  return { address: address.replace(/^\[|\]$/g, ''), port: Number(port) };
}
