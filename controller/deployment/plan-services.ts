/** From settings and registry to the services that are to run. Pure: what is on this machine or in the database was looked up before. */
import { stringify } from 'yaml';
import { EaselError } from '../../core/model/errors.ts';
import { classNeeds, workerClasses } from '../../core/model/fit.ts';
import type { Registry } from '../../core/runtime/registry.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import type { Identity } from './identity.ts';
import type { HealthCheck, Mount, SecretFile, Service } from './service.ts';

export interface PlanParts {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly identity: Identity;
  /** By worker class, as `easel images build` names them. */
  readonly images: ReadonlyMap<string, string>;
  /** Registry files of the settings, as they are. */
  readonly typeFiles: readonly string[];
}

/** How database and broker are reached: from within containers. */
export interface Addresses {
  readonly database_url: string;
  readonly queue_url: string | undefined;
}

const HOME = '/run/easel';
const INPUT = '/data/input';
const OUTPUT = '/data/output';
const WEB_PORT = 8380;
/** What a worker needs after its last task has been given back: storing, closing. */
const LEAVING_SECONDS = 15;

export const DATABASE_PORT = 3306;
export const BROKER_PORT = 5672;
export const DATABASE_SERVICE = 'database';
export const BROKER_SERVICE = 'broker';
export const workerService = (workerClass: string): string => `worker-${workerClass.replaceAll('_', '-')}`;

/** Throws EaselError when no image serves the class. */
function imageOf({ settings, images }: PlanParts, workerClass: string): string {
  const image = settings.containers.images[workerClass] ?? images.get(workerClass);
  if (image === undefined)
    throw new EaselError(
      'settings',
      `no image serves the worker class "${workerClass}": \`easel images\` lists those there are; \`containers.images\` of the settings may name another`,
    );
  return image;
}

/** Of the built-in types, whose image has Easel alone. */
const OWN_CLASS = 'default';

export interface WorkerWish {
  readonly workerClass: string;
  readonly replicas: number;
  /** Of one instance. */
  readonly slots: number;
}

export function planWorkers(parts: PlanParts, addresses: Addresses, wish: WorkerWish): Service {
  const { settings, registry } = parts;
  const { workerClass, replicas, slots } = wish;
  const classes = workerClasses(registry.values());
  if (!classes.includes(workerClass))
    throw new EaselError(
      'not_found',
      `no task type has the worker class "${workerClass}"; there are: ${classes.sort().join(', ')}`,
    );
  const { containers, drain_seconds, kill_grace_seconds } = settings;
  return {
    ...ownService(parts, addresses, [mountOf(settings, 'input'), mountOf(settings, 'output')]),
    name: workerService(workerClass),
    role: 'worker',
    workerClass,
    image: imageOf(parts, workerClass),
    arguments: ['work', '--class', workerClass, '--slots', String(slots)],
    limits: { ...classNeeds(registry.values(), workerClass, slots), pids: containers.pids },
    replicas,
    stopSeconds: Math.ceil(drain_seconds + kill_grace_seconds) + LEAVING_SECONDS,
  };
}

export function planScheduler(parts: PlanParts, addresses: Addresses, replicas: number): Service {
  const { containers } = parts.settings;
  return {
    ...ownService(parts, addresses, [mountOf(parts.settings, 'input'), mountOf(parts.settings, 'output')]),
    name: 'scheduler',
    role: 'scheduler',
    arguments: ['schedule-waiting'],
    limits: { cpu: 1, gpu: 0, memory_gb: 0.75, pids: containers.pids },
    replicas,
    stopSeconds: LEAVING_SECONDS,
  };
}

/** @param published where people reach it; null: only the other services do */
export function planWeb(
  parts: PlanParts,
  addresses: Addresses,
  published: { readonly address: string; readonly port: number } | null,
): Service {
  const { containers } = parts.settings;
  const own = ownService(parts, addresses, [
    mountOf(parts.settings, 'input'),
    { ...mountOf(parts.settings, 'output'), readOnly: true },
  ]);
  return {
    ...own,
    name: 'web',
    role: 'web',
    arguments: ['web', '--host', '0.0.0.0', '--port', String(WEB_PORT)],
    limits: { cpu: 1, gpu: 0, memory_gb: 0.75, pids: containers.pids },
    ports: [{ container: WEB_PORT, published }],
    replicas: 1,
    stopSeconds: LEAVING_SECONDS,
  };
}

/** Where a service is published that only this machine needs. A swarm knows no single address: it publishes on all. */
export function publishedAt({ containers }: Settings): string {
  return containers.orchestrator === 'swarm' ? '0.0.0.0' : '127.0.0.1';
}

/** @param port of this machine at which commands reach it */
export function planDatabase({ settings, identity }: PlanParts, port: number): Service {
  return {
    ...FOREIGN,
    name: DATABASE_SERVICE,
    role: 'database',
    image: settings.containers.database_image,
    arguments: ['--character-set-server=utf8mb4', '--max-connections=500', '--max-allowed-packet=64M'],
    environment: {
      MARIADB_DATABASE: 'easel',
      MARIADB_USER: 'easel',
      MARIADB_PASSWORD_FILE: `${SECRETS}/password`,
      MARIADB_RANDOM_ROOT_PASSWORD: '1',
    },
    secrets: [{ path: `${SECRETS}/password`, content: passwordOf(identity, 'database_password') }],
    mounts: [storage(identity, DATABASE_SERVICE, '/var/lib/mysql')],
    limits: { cpu: 2, gpu: 0, memory_gb: 2, pids: settings.containers.pids },
    ports: [{ container: DATABASE_PORT, published: { address: publishedAt(settings), port } }],
    health: {
      ...HEALTH,
      command: ['healthcheck.sh', '--connect', '--innodb_initialized'],
      startSeconds: 120,
    },
    stopSeconds: 60,
  };
}

/** @param port of this machine at which commands reach it */
export function planBroker({ settings, identity }: PlanParts, port: number): Service {
  const password = passwordOf(identity, 'broker_password');
  return {
    ...FOREIGN,
    name: BROKER_SERVICE,
    role: 'broker',
    image: settings.containers.broker_image,
    arguments: [],
    environment: { RABBITMQ_NODENAME: 'easel@localhost', RABBITMQ_CONFIG_FILES: `${SECRETS}/*.conf` },
    secrets: [
      {
        path: `${SECRETS}/easel.conf`,
        content: `default_user = easel\ndefault_pass = ${password}\nloopback_users = none\n`,
      },
    ],
    mounts: [storage(identity, BROKER_SERVICE, '/var/lib/rabbitmq')],
    limits: { cpu: 1, gpu: 0, memory_gb: 1, pids: settings.containers.pids },
    ports: [{ container: BROKER_PORT, published: { address: publishedAt(settings), port } }],
    health: { ...HEALTH, command: ['rabbitmq-diagnostics', '-q', 'ping'], startSeconds: 120 },
    stopSeconds: 60,
  };
}

const HEALTH: HealthCheck = {
  command: ['node', '/opt/easel/scripts/healthy.js'],
  everySeconds: 5,
  startSeconds: 60,
};

type OwnKeys =
  | 'image_kind'
  | 'image'
  | 'workerClass'
  | 'environment'
  | 'secrets'
  | 'mounts'
  | 'ports'
  | 'health';

/** What scheduler, dashboard and workers have in common. */
function ownService(
  parts: PlanParts,
  addresses: Addresses,
  mounts: readonly Mount[],
): Pick<Service, OwnKeys> {
  return {
    image_kind: 'own',
    image: imageOf(parts, OWN_CLASS),
    workerClass: null,
    environment: { EASEL_HOME: HOME, EASEL_LOG: 'json' },
    secrets: secretsOf(parts, addresses),
    mounts,
    ports: [],
    health: HEALTH,
  };
}

const FOREIGN = { image_kind: 'foreign', workerClass: null, replicas: 1 } as const;
/** Where an image that is not ours finds its passwords. */
const SECRETS = '/run/secrets-easel';

/** The settings as processes in containers find them: with passwords in them, so as a file that only they can read. */
function secretsOf({ settings, typeFiles }: PlanParts, addresses: Addresses): SecretFile[] {
  const types = typeFiles.map((content, at) => ({ path: `${HOME}/task-types-${at + 1}.yaml`, content }));
  const { lease_seconds, renew_seconds, max_lost, retries, retry_delay, timeout } = settings;
  const { drain_seconds, kill_grace_seconds, log_lines_per_attempt, min_free_mb, retention, web, limits } =
    settings;
  const content = {
    ...addresses,
    ...{ input_area: INPUT, output_area: OUTPUT, task_types: types.map(({ path }) => path) },
    ...{ lease_seconds, renew_seconds, max_lost, retries, retry_delay, timeout },
    ...{ drain_seconds, kill_grace_seconds, log_lines_per_attempt, min_free_mb, retention, web, limits },
  };
  return [{ path: `${HOME}/settings.yaml`, content: stringify(content) }, ...types];
}

function mountOf({ containers, input_area, output_area }: Settings, which: 'input' | 'output'): Mount {
  const given = which === 'input' ? containers.input_area : containers.output_area;
  const own = { kind: 'directory' as const, source: which === 'input' ? input_area : output_area };
  const target = which === 'input' ? INPUT : OUTPUT;
  return { ...(given ?? own), target, readOnly: which === 'input' };
}

function storage({ id }: Identity, name: string, target: string): Mount {
  return { kind: 'volume', source: `easel-${id.slice(0, 8)}-${name}`, target, readOnly: false };
}

function passwordOf(identity: Identity, name: 'database_password' | 'broker_password'): string {
  const password = identity[name];
  if (password === undefined) throw new Error(`the deployment has no ${name}`);
  return password;
}
