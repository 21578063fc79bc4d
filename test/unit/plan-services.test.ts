/** From settings and registry to services: what each gets, reaches and may write. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { addressesFor } from '../../controller/deployment/addresses.ts';
import { type DeployWish, planDeployment, planServers } from '../../controller/deployment/deploy.ts';
import { ensureIdentity, readIdentity } from '../../controller/deployment/identity.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import { loadSettings } from '../../core/runtime/settings.ts';

const TYPES = `
slow:
  description: Takes much
  worker_class: big
  command: [slow]
  resources: {cpu: 2, memory_gb: 6}
large:
  description: Takes more memory
  worker_class: big
  command: [large]
  resources: {cpu: 1, memory_gb: 8}
`;
const WISH: DeployWish = {
  ...{ classes: [], replicas: undefined, slots: 1, fraction: undefined, schedulers: 1 },
  web: { address: '127.0.0.1', port: 8380 },
};
const MYSQL = 'mysql://easel:hush-hush@db.example.org/easel';

describe('the plan of a deployment', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'easel-plan-'));
    writeFileSync(join(home, 'types.yaml'), TYPES);
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const partsWith = (flags: Parameters<typeof loadSettings>[0] = {}) => {
    const settings = loadSettings(
      {
        home,
        database_url: MYSQL,
        task_types: ['types.yaml'],
        containers: { images: { big: 'our/big:7' } },
        ...flags,
      },
      {},
    );
    const identity = ensureIdentity(home, ['database_password', 'broker_password']);
    return { settings, registry: loadRegistry(settings.task_types), identity };
  };
  const none = { database: false, broker: false };
  const plan = (wish: Partial<DeployWish> = {}, parts = partsWith()) =>
    planDeployment(parts, none, {
      wish: { ...WISH, ...wish },
      room: () => Promise.resolve({ cpu: 16, gpu: 0, memory_gb: 64 }),
    });

  test('is scheduler, dashboard and a worker of every class', async () => {
    const services = await plan();
    expect(services.map(({ name, replicas }) => `${name} ${replicas}`)).toEqual([
      ...['scheduler 1', 'web 1', 'worker-big 1', 'worker-default 1'],
    ]);
    const names = new Set(services.map(({ image }) => image.replace(/:.*/, '')));
    expect([...names]).toEqual(['easel/base', 'our/big']);
    await expect(plan({}, partsWith({ containers: {} }))).rejects.toThrow(
      'no image serves the worker class "big"',
    );
  });

  test('a worker may take what the largest types of its class take, times its slots, and some for itself', async () => {
    const [worker] = await plan({ classes: ['big'], slots: 2, replicas: 3 });
    expect(worker).toMatchObject({
      ...{ replicas: 3, arguments: ['work', '--class', 'big', '--slots', '2'] },
      limits: { cpu: 4, memory_gb: 16.25, gpu: 0 },
      stopSeconds: 50, // drain 30, kill 5, and some to store
    });
  });

  test('within a fraction of the machines there are as many as there is room for', async () => {
    const [worker] = await plan({ classes: ['big'], fraction: 0.5 });
    expect(worker?.replicas).toBe(3); // 8 cores and 32 GB: 2 cores and 8.25 GB each
    expect((await plan({ classes: ['big'], fraction: 0.5, replicas: 2 }))[0]?.replicas).toBe(2);
    await expect(plan({ fraction: 0.1 })).rejects.toThrow('there is no room for one worker of each class');
  });

  test('passwords are in the secret files and nowhere else, and only workers and schedulers write', async () => {
    const parts = partsWith();
    const services = [
      ...planServers(parts, { database: true, broker: true }, { database: 13_306, broker: 15_673 }),
      ...(await plan({}, parts)),
    ];
    const { database_password: first, broker_password: second } = parts.identity;
    for (const { secrets, ...service } of services) {
      const shown = JSON.stringify(service);
      for (const secret of ['hush-hush', first, second]) expect(shown).not.toContain(secret);
      expect(secrets.length).toBeGreaterThan(0);
    }
    const writers = services.filter(({ mounts }) =>
      mounts.some(({ target, readOnly }) => target === '/data/output' && !readOnly),
    );
    expect(writers.map(({ role }) => role)).toEqual(['scheduler', 'worker', 'worker']);
    const inputs = services.flatMap(({ mounts }) => mounts.filter(({ target }) => target === '/data/input'));
    expect(inputs.every(({ readOnly }) => readOnly)).toBe(true);
  });

  test('containers find settings of their own: areas and registry where they see them', async () => {
    const [worker] = await plan({ classes: ['big'] });
    const [settings, types] = worker?.secrets ?? [];
    expect(settings?.path).toBe('/run/easel/settings.yaml');
    expect(parse(settings?.content ?? '')).toMatchObject({
      ...{ database_url: MYSQL, input_area: '/data/input', output_area: '/data/output' },
      task_types: ['/run/easel/task-types-1.yaml'],
    });
    expect(types).toEqual({ path: '/run/easel/task-types-1.yaml', content: TYPES });
    // What is written there can be read there.
    writeFileSync(join(home, 'settings.yaml'), settings?.content ?? '');
    expect(loadSettings({ home }, {}).database_url).toBe(MYSQL);
  });

  test('an unknown class, a database in a file and one on localhost are refused, with what to do', async () => {
    await expect(plan({ classes: ['bog'] })).rejects.toThrow(
      'no task type has the worker class "bog"; there are: big, default',
    );
    const { identity, settings } = partsWith({ database_url: 'sqlite:easel.db' });
    expect(() => addressesFor(settings, identity, none)).toThrow(
      '`easel deploy --database` brings a MariaDB',
    );
    const local = partsWith({ database_url: 'mysql://root@127.0.0.1/easel' }).settings;
    expect(() => addressesFor(local, identity, none)).toThrow(
      'the database is at 127.0.0.1, which in a container',
    );
    expect(addressesFor(local, identity, { database: true, broker: false }).database_url).toBe(
      `mysql://easel:${identity.database_password}@database:3306/easel`,
    );
  });

  test('the identity is made once, and only its owner can read it', () => {
    const first = ensureIdentity(home, []);
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const second = ensureIdentity(home, ['broker_password']);
    expect(second).toEqual({ ...first, broker_password: expect.stringMatching(/^[\w-]{32}$/) });
    expect(readIdentity(home)).toEqual(second);
    writeFileSync(join(home, 'deployment.yaml'), 'id: nonsense\n');
    expect(() => readIdentity(home)).toThrow('deployment.yaml');
  });
});
