/** Services of a deployment as they would be planned, for tests. */
import type { Service } from '../../../controller/deployment/service.ts';

export const DEPLOYMENT = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
export const PASSWORD = 'correct horse battery staple';

const health = { command: ['healthy'], everySeconds: 10, startSeconds: 45 };

const own = {
  workerClass: null,
  environment: { EASEL_HOME: '/run/easel' },
  secrets: [{ path: '/run/easel/settings.yaml', content: `password: ${PASSWORD}` }],
  mounts: [
    { source: 'archive', kind: 'claim', target: '/data/input', readOnly: true },
    { source: 'products', kind: 'claim', target: '/data/output', readOnly: false },
  ],
  limits: { cpu: 0.5, gpu: 0, memory_gb: 0.5, pids: 256 },
  ports: [],
  health,
  replicas: 1,
  stopSeconds: 45,
  image_kind: 'own',
} as const satisfies Partial<Service>;

export function worker(changes: Partial<Service> = {}): Service {
  return {
    ...own,
    name: 'worker-default',
    role: 'worker',
    workerClass: 'default',
    image: 'easel/default:0.1.0',
    arguments: ['work', '--class', 'default'],
    limits: { cpu: 2, gpu: 1, memory_gb: 4, pids: 1_024 },
    replicas: 2,
    ...changes,
  };
}

export function scheduler(changes: Partial<Service> = {}): Service {
  return {
    ...own,
    name: 'scheduler',
    role: 'scheduler',
    image: 'registry.example:5000/easel/base:0.1.0',
    arguments: ['schedule-waiting'],
    ...changes,
  };
}

export function web(changes: Partial<Service> = {}): Service {
  return {
    ...own,
    name: 'web',
    role: 'web',
    image: `registry.example/easel/base@sha256:${'ab'.repeat(32)}`,
    arguments: ['web', '--host', '0.0.0.0'],
    ports: [{ container: 8380, published: { address: '127.0.0.1', port: 8380 } }],
    ...changes,
  };
}

export function database(changes: Partial<Service> = {}): Service {
  return {
    ...own,
    name: 'database',
    role: 'database',
    image: 'mariadb:11.4',
    image_kind: 'foreign',
    arguments: [],
    environment: { MARIADB_PASSWORD_FILE: '/run/secrets/password' },
    secrets: [{ path: '/run/secrets/password', content: PASSWORD }],
    mounts: [{ source: 'database', kind: 'claim', target: '/var/lib/mysql', readOnly: false }],
    ports: [{ container: 3306, published: null }],
    ...changes,
  };
}

export function broker(changes: Partial<Service> = {}): Service {
  return {
    ...database(),
    name: 'broker',
    role: 'broker',
    image: 'rabbitmq:4-management',
    environment: {},
    secrets: [{ path: '/etc/rabbitmq/conf.d/20-password.conf', content: `default_pass = ${PASSWORD}` }],
    mounts: [{ source: 'broker', kind: 'volume', target: '/var/lib/rabbitmq', readOnly: false }],
    ports: [{ container: 5672, published: null }],
    ...changes,
  };
}
