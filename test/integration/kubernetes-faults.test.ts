/** An API server that is away, busy, or refuses: asked again where that helps, else told in words that say what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Orchestrator } from '../../controller/deployment/orchestrator.ts';
import { worker } from '../support/kubernetes/services.ts';
import { KubernetesStage } from '../support/kubernetes/stage.ts';

const fails = async (asked: Promise<unknown>) =>
  await asked.then(
    () => ({ code: 'none', message: 'it went well' }),
    ({ code, message }: { code?: string; message: string }) => ({ code, message }),
  );

test('what is busy or fails for a moment is asked again', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const { faults, requests } = stage.server;
  for (const status of [429, 500, 503]) {
    faults.push({ path: /deployments$/, status, times: 2 });
    expect(await orchestrator.list()).toEqual([]);
  }
  expect(requests.filter((line) => line.endsWith('/deployments'))).toHaveLength(9);
  faults.push({ path: /^\/apis\/policy\/v1$/, status: 503, times: 2 });
  faults.push({ path: /secrets/, status: 503, times: 1 }, { path: /deployments/, status: 429, times: 2 });
  expect(await orchestrator.apply(worker())).toBe('created');
});

test('as long as the server asks for', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.list();
  stage.server.faults.push({ path: /deployments$/, status: 429, times: 1, retryAfter: 1 });
  const began = performance.now();
  await orchestrator.list();
  expect(performance.now() - began).toBeGreaterThan(990);
});

test.each([
  [429, 'unavailable', /is too busy to list Deployments: the test wants 429/],
  [500, 'unavailable', /fails to list Deployments/],
  [409, 'conflict', /somebody else changes it, try again/],
  [422, 'settings', /refuses to list Deployments/],
  [404, 'not_found', /cannot list Deployments/],
] as const)('%i all along is told', async (status, code, says) => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  stage.server.faults.push({ path: /deployments$/, status, times: Number.POSITIVE_INFINITY });
  expect(await fails(orchestrator.list())).toEqual({ code, message: expect.stringMatching(says) });
  const asked = stage.server.requests.filter((line) => line.endsWith('/deployments'));
  expect(asked).toHaveLength(status === 429 || status >= 500 ? 4 : 1);
});

test('a server that hangs, and one that is away', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator({ requestMs: 300 });
  stage.server.faults.push({ path: /^\/apis\/apps\/v1$/, status: 'hang', times: 1 });
  stage.server.faults.push({ path: /deployments$/, status: 'hang', times: 1 });
  expect(await orchestrator.list()).toEqual([]);
  stage.server.faults.push({ path: /deployments$/, status: 'hang', times: Number.POSITIVE_INFINITY });
  expect(await fails(orchestrator.list())).toEqual({
    code: 'unavailable',
    message: expect.stringMatching(/cannot be asked to list Deployments: it does not answer in time/),
  });
  const { url } = stage.server;
  const other = await stage.orchestrator();
  await stage.server.stop();
  for (const gone of [orchestrator, other])
    expect(await fails(gone.check())).toEqual({
      code: 'unavailable',
      message: expect.stringMatching(
        `^the Kubernetes API at ${url} cannot be asked to read Namespace easel: connect ECONNREFUSED`,
      ),
    });
});

test('who may not is told what is missing, before and on the way', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const { forbidden } = stage.server;
  await orchestrator.check();
  forbidden.add('get namespaces');
  await orchestrator.check();
  forbidden.add('patch secrets').add('create persistentvolumeclaims');
  expect(await fails(orchestrator.check())).toEqual({
    code: 'settings',
    message: expect.stringMatching(
      /does not allow to patch secrets, create persistentvolumeclaims in namespace easel: have a Role/,
    ),
  });
  expect(await fails(orchestrator.apply(worker()))).toEqual({
    code: 'settings',
    message: expect.stringMatching(/apply Secret .*User "tester" cannot patch resource "secrets"/),
  });
  expect(stage.objects.filter((name) => !name.startsWith('PersistentVolumeClaim'))).toEqual([]);
});

test('who is not known, and where there is no namespace', async () => {
  await using stage = await KubernetesStage.open();
  const nowhere = await stage.orchestrator({ namespace: 'nowhere' });
  expect((await fails(nowhere.check())).message).toContain('kubectl create namespace nowhere');
  const stranger = await stage.orchestrator({ environment: stage.server.environment('wrong') });
  expect(await fails(stranger.check())).toEqual({
    code: 'settings',
    message: expect.stringMatching(/does not know who we are/),
  });
});

test('a kubeconfig that does not do', async () => {
  await using stage = await KubernetesStage.open();
  const file = stage.server.environment().KUBECONFIG ?? '';
  const open = (environment: NodeJS.ProcessEnv): Promise<Orchestrator> => stage.orchestrator({ environment });
  expect((await fails(open({ HOME: join(file, '..') }))).message).toContain('there is no kubeconfig');
  expect((await fails(open({ KUBECONFIG: `${file}.not` }))).message).toContain(
    'cannot be read as a kubeconfig',
  );
  const broken = `${file}.broken`;
  writeFileSync(broken, 'clusters: [');
  expect((await fails(open({ KUBECONFIG: broken }))).message).toContain('cannot be read as a kubeconfig');
  writeFileSync(broken, '{"clusters": [], "contexts": [], "users": [], "current-context": "gone"}');
  expect((await fails(open({ KUBECONFIG: broken }))).message).toContain('no context "gone" with a cluster');
  expect((await fails(stage.orchestrator({ context: 'elsewhere' }))).message).toMatch(
    /no context "elsewhere".*it has tests/,
  );
  expect((await fails(open({ KUBECONFIG: `${file}:${file}` }))).message).toContain('Duplicate cluster');
  const both = await open({ KUBECONFIG: `${file}:${broken}` });
  expect(await both.list()).toEqual([]);
});
