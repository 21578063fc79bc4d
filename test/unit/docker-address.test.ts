/** Where the Docker engine is, by the usual variables. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEngine } from '../../controller/deployment/docker/api.ts';

/** What the client has made of it; its types keep that to themselves. */
const address = async (environment: NodeJS.ProcessEnv) => {
  const { modem } = await openEngine(environment);
  const { protocol, host, port, username, socketPath, ca } = modem as unknown as Record<string, unknown>;
  return { protocol, host, port, username, socketPath, ca: ca?.toString() };
};

test('of this machine, or elsewhere', async () => {
  expect(await address({})).toMatchObject({ socketPath: '/var/run/docker.sock', host: '' });
  expect(await address({ DOCKER_HOST: 'unix:///run/other.sock' })).toMatchObject({
    socketPath: '/run/other.sock',
  });
  expect(await address({ DOCKER_HOST: 'tcp://engine' })).toMatchObject({
    ...{ protocol: 'http', host: 'engine', port: 2375, socketPath: undefined },
  });
  expect(await address({ DOCKER_HOST: 'engine:99' })).toMatchObject({ host: 'engine', port: 99 });
  expect(await address({ DOCKER_HOST: 'ssh://anna@engine' })).toMatchObject({
    ...{ protocol: 'ssh', host: 'engine', port: 22, username: 'anna' },
  });
  for (const DOCKER_HOST of ['unix://relative', 'ftp://engine', 'what is this'])
    await expect(address({ DOCKER_HOST })).rejects.toThrow(/DOCKER_HOST is '.*': expected unix:/);
});

test('with certificates', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'easel_certificates_'));
  const environment = { DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: directory };
  try {
    await expect(address(environment)).rejects.toThrow(/ca\.pem.*DOCKER_CERT_PATH says where they are/);
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(directory, `${name}.pem`), name);
    expect(await address(environment)).toMatchObject({ protocol: 'https', port: 2376, ca: 'ca' });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
