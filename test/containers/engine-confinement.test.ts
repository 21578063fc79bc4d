/** Services on a real Docker engine, alone and as a swarm: what they may, what they may not, and what nobody else can read. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Service } from '../../controller/deployment/service.ts';
import { Stage } from '../support/containers/stage.ts';
import { until } from '../support/until.ts';

const host = inject('dockerHost');
const SLOW = { timeoutMs: 60_000 };
const SECRET = 'a-secret-that-nobody-is-to-see';

/** The first of the files that is there: control groups of version 1 or 2. */
const readFirst = (...files: string[]) =>
  `const fs = require('fs'); console.log(fs.readFileSync(${JSON.stringify(files)}.find(fs.existsSync), 'utf8').trim())`;

describe.skipIf(host === null).each(['docker', 'swarm'] as const)('%s', { concurrent: true }, (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(kind, host ?? '');
  });
  afterAll(() => stage.close(), 120_000);

  /** The one container of the one service. */
  const run = async (changes: Partial<Service>) => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service(changes));
    const [container] = await stage.containers(deployment);
    const id = container?.Id ?? '';
    const evaluate = (script: string) => stage.evaluate(id, script);
    return { orchestrator, deployment, id, evaluate };
  };

  test('limits of memory, processors and processes are in force', async () => {
    const { id, evaluate } = await run({ limits: { cpu: 0.5, gpu: 0, memory_gb: 0.2, pids: 64 } });
    const memory = readFirst('/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory.max');
    expect(Number(await evaluate(memory))).toBeCloseTo(200_000_000, -5);
    const cpu = await evaluate(readFirst('/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu.max'));
    expect(Number.parseInt(cpu, 10)).toBe(50_000);
    expect(await evaluate(readFirst('/sys/fs/cgroup/pids/pids.max', '/sys/fs/cgroup/pids.max'))).toBe('64');
    const [started] = (await stage.execute(id, ['/node', '/obey.js', 'fork'])).split(' ');
    expect(Number(started)).toBeLessThan(64);
    const { State: state } = await stage.engine.getContainer(id).inspect();
    expect(state.Running).toBe(true);
  });

  test('what takes more memory than it may is ended, and that is known', async () => {
    const orchestrator = await stage.orchestrator();
    await orchestrator.apply(stage.service({ arguments: ['hog', '4000'] }));
    const instance = await until(async () => {
      const [service] = await orchestrator.list();
      return service?.instances.find(({ outOfMemory }) => outOfMemory);
    }, SLOW);
    expect(instance).toMatchObject({ host: 'worker-default-1' });
  });

  test('what is ours has no privileges, and a root file system that it cannot write', async () => {
    const { id, evaluate } = await run({});
    const script = `
      const fs = require('fs');
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      const field = (name) => status.match(new RegExp('^' + name + ':\\\\s*(.*)$', 'm'))[1].replace(/\\s+/g, ' ');
      const refused = (act) => { try { act(); return null } catch ({ code }) { return code } };
      console.log(JSON.stringify({
        uid: field('Uid'), gid: field('Gid'), groups: field('Groups').trim(),
        capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(field),
        root: refused(() => fs.writeFileSync('/file', '')),
        temporary: refused(() => fs.writeFileSync('/tmp/file', '')),
        noNewPrivileges: field('NoNewPrivs'),
      }))`;
    const found = JSON.parse(await evaluate(script));
    expect(found).toMatchObject({
      uid: '10001 10001 10001 10001',
      gid: '10001 10001 10001 10001',
      groups: '10001',
      capabilities: Array(5).fill('0000000000000000'),
      root: 'EROFS',
      temporary: null,
    });
    const isTold = stage.said.some((line) => line.includes('cannot forbid new privileges'));
    expect({ isTold, noNewPrivileges: found.noNewPrivileges }).toEqual(
      isTold && kind === 'swarm' ? { isTold, noNewPrivileges: '0' } : { isTold, noNewPrivileges: '1' },
    );
    const { HostConfig: limits } = await stage.engine.getContainer(id).inspect();
    expect(limits).toMatchObject({ Privileged: false, ReadonlyRootfs: true, CapDrop: expect.anything() });
  });

  test('a secret can be read by the service, and stands nowhere else', async () => {
    const secrets = [
      { path: '/run/easel/settings.yaml', content: SECRET },
      { path: '/run/easel/other', content: `${SECRET}-too` },
    ];
    const { id, evaluate, deployment, orchestrator } = await run({ secrets });
    const read = (path: string) => `
      const { mode, uid, gid } = fs.statSync('${path}');
      console.log(fs.readFileSync('${path}', 'utf8'), (mode & 0o777).toString(8), uid, gid)`;
    expect(await evaluate(read('/run/easel/settings.yaml'))).toBe(`${SECRET} 400 10001 10001`);
    expect(await evaluate(read('/run/easel/other'))).toBe(`${SECRET}-too 400 10001 10001`);
    const inspected = [
      await stage.engine.getContainer(id).inspect(),
      await stage.leftovers(deployment),
      await stage.engine.listTasks().catch(() => []),
    ];
    expect(JSON.stringify(inspected)).not.toContain(SECRET);
    expect(JSON.stringify(inspected)).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, -4));
    const changed = [{ path: '/run/easel/settings.yaml', content: 'another' }];
    expect(await orchestrator.apply(stage.service({ secrets: changed }))).toBe('changed');
    expect(await orchestrator.apply(stage.service({ secrets: changed }))).toBe('unchanged');
    const [container] = await stage.containers(deployment);
    expect(await stage.evaluate(container?.Id ?? '', read('/run/easel/settings.yaml'))).toMatch(
      /^another 400/,
    );
    expect(await stage.secretStores(deployment)).toBe(1);
    await orchestrator.restart('worker-default');
    await orchestrator.scale('worker-default', 0);
    await orchestrator.scale('worker-default', 1);
    const [again] = await stage.containers(deployment);
    expect(await stage.evaluate(again?.Id ?? '', read('/run/easel/settings.yaml'))).toMatch(/^another 400/);
    await orchestrator.remove('worker-default');
    await until(async () => (await stage.leftovers(deployment)).length === 0, SLOW);
  });

  test('a foreign image runs as it wants, and reads its secrets', async () => {
    const secrets = [{ path: '/run/secrets/password', content: SECRET }];
    const { evaluate } = await run({ image_kind: 'foreign', secrets });
    const script = `
      process.setgid(999); process.setuid(999);
      console.log(fs.readFileSync('/run/secrets/password', 'utf8'), process.env.EASEL_IMAGE)`;
    expect(await evaluate(script)).toBe(`${SECRET} undefined`);
  });

  test('directories and volumes are where they are said to be', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'easel_mount_'));
    chmodSync(directory, 0o777);
    const volume = `easel-test-${stage.newDeployment()}`;
    try {
      const mounts: Service['mounts'] = [
        { kind: 'directory', source: directory, target: '/data/input', readOnly: true },
        { kind: 'volume', source: volume, target: '/data', readOnly: false },
      ];
      const { evaluate, orchestrator } = await run({ mounts });
      const write = (path: string) =>
        `try { fs.writeFileSync('${path}', 'written'); console.log('written') } catch ({ code }) { console.log(code) }`;
      expect(await evaluate(write('/data/file'))).toBe('written');
      expect(await evaluate(write('/data/input/file'))).toBe('EROFS');
      await orchestrator.remove('worker-default');
      const again = await run({ mounts });
      expect(await again.evaluate("console.log(fs.readFileSync('/data/file', 'utf8'))")).toBe('written');
      await again.orchestrator.remove('worker-default');
      const missing = [{ kind: 'directory', source: '/no/such', target: '/data', readOnly: true }] as const;
      await expect(orchestrator.apply(stage.service({ mounts: missing }))).rejects.toThrow(
        /\/no\/such|source path/,
      );
    } finally {
      // A swarm removes containers some time later.
      await until(() => stage.removed(stage.engine.getVolume(volume)), SLOW);
      rmSync(directory, { recursive: true });
    }
  });
});
