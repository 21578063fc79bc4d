/** `deploy --database --broker`: from nothing to a job that has run, and the same again when all containers were gone. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { readIdentity } from '../../controller/deployment/identity.ts';
import { LABELS } from '../../controller/deployment/orchestrator.ts';
import { removeVolumes } from '../support/containers/deployment.ts';
import { WorkerImages } from '../support/containers/worker-images.ts';
import { runEasel } from '../support/easel.ts';
import { findFreePort } from '../support/servers/programs.ts';

const dockerHost = inject('dockerHost');

describe.skipIf(dockerHost === null)('a deployment with a database and a broker of its own', () => {
  const environment = { ...process.env, DOCKER_HOST: dockerHost ?? '' };
  let images: WorkerImages;
  let home: string;
  let ports: string[];
  let before: string[];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'easel-servers-'));
    images = await WorkerImages.open(dockerHost ?? '', inject('imagesName'));
    before = (await images.engine.listVolumes()).Volumes.map(({ Name }) => Name);
    await images.build(home, ({ name }) => name === 'base');
    for (const server of ['database', 'broker']) {
      const from = [
        '--build-arg',
        `BASE_IMAGE=${images.debian}`,
        '--target',
        server,
        '--tag',
        images.tag(server),
      ];
      await promisify(execFile)('docker', ['build', ...from, 'test/support/containers/servers'], {
        env: environment,
      });
    }
    const containers = {
      ...{ images: { default: images.tag('base') } },
      ...{ database_image: images.tag('database'), broker_image: images.tag('broker') },
    };
    writeFileSync(join(home, 'settings.yaml'), stringify({ containers }), { mode: 0o600 });
    ports = ['--database-port', String(await findFreePort()), '--broker-port', String(await findFreePort())];
  }, 600_000);
  afterAll(async () => {
    await easel('stop', '--all', '--yes');
    await removeVolumes(images.engine, readIdentity(home)?.id ?? '');
    rmSync(home, { recursive: true, force: true });
  }, 120_000);

  const easel = (...args: string[]) =>
    runEasel(args, { EASEL_HOME: home, ...(dockerHost !== '' && { DOCKER_HOST: dockerHost ?? '' }) });
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await easel(...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  test('comes from nothing, and runs a job', async () => {
    const said = await must('deploy', '--database', '--broker', '--no-web', ...ports);
    for (const name of ['database', 'broker', 'scheduler', 'worker-default'])
      expect(said).toContain(`${name}: created`);
    expect(await must('submit', '--tasks', 'demo_jobs/hello.json', '--wait')).toContain('job 1');
    expect(await must('queue')).toContain('1 scheduler alive');
  }, 240_000);

  test('passwords are in files of the owner, and nowhere in the engine', async () => {
    const identity = readIdentity(home);
    const secrets = [identity?.database_password ?? '', identity?.broker_password ?? ''];
    expect(secrets.map(({ length }) => length)).toEqual([32, 32]);
    for (const file of ['settings.yaml', 'deployment.yaml'])
      expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, 'settings.yaml'), 'utf8')).toContain(secrets[0]);
    const label = [`${LABELS.deployment}=${identity?.id}`];
    const all = await images.engine.listContainers({ all: true, filters: { label } });
    expect(all.length).toBeGreaterThanOrEqual(4);
    for (const { Id } of all) {
      const shown = JSON.stringify(await images.engine.getContainer(Id).inspect());
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  });

  test('what was stored is there when all containers were gone', async () => {
    await must('stop', '--all', '--yes');
    const { Volumes: left } = await images.engine.listVolumes();
    const added = left.map(({ Name }) => Name).filter((name) => !before.includes(name));
    expect(added.map((name) => name.replace(/^easel-[0-9a-f]{8}-/, '')).sort()).toEqual([
      'broker',
      'database',
    ]);
    expect((await easel('jobs')).code).toBe(1);
    await must('deploy', '--database', '--broker', '--no-web', ...ports);
    expect(await must('jobs')).toContain('hello');
    expect(await must('submit', '--tasks', 'demo_jobs/hello.json', '--wait')).toContain('job 2');
  }, 240_000);
});
