/** Services in a cluster, through the real client against a fake API server: made, changed, scaled, restarted, removed, listed. */
import { expect, test } from 'vitest';
import { openKubernetesOrchestrator } from '../../controller/deployment/kubernetes/open.ts';
import { LABELS, type RunningService } from '../../controller/deployment/orchestrator.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { DIGEST } from '../support/kubernetes/controllers.ts';
import { broker, DEPLOYMENT, database, scheduler, web, worker } from '../support/kubernetes/services.ts';
import { KubernetesStage } from '../support/kubernetes/stage.ts';
import { until } from '../support/until.ts';

const WORKER = 'easel-1a2b3c4d-worker-default';

test('a service is made, left alone, changed, and listed', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  expect(await orchestrator.list()).toEqual([]);
  for (const service of [database(), broker(), scheduler(), web(), worker()])
    expect([service.name, await orchestrator.apply(service)]).toEqual([service.name, 'created']);
  const before = stage.objects;
  for (const service of [database(), broker(), scheduler(), web(), worker()])
    expect([service.name, await orchestrator.apply(service)]).toEqual([service.name, 'unchanged']);
  expect(stage.objects).toEqual(before);

  const listed = await orchestrator.list();
  expect(
    listed.map(({ name, role, replicas, instances }) => [name, role, replicas, instances.length]),
  ).toEqual([
    ['database', 'database', 1, 1],
    ['broker', 'broker', 1, 1],
    ['scheduler', 'scheduler', 1, 1],
    ['web', 'web', 1, 1],
    ['worker-default', 'worker', 2, 2],
  ]);
  const running = listed.at(-1) as RunningService;
  expect(running).toMatchObject({
    workerClass: 'default',
    image: 'easel/default:0.1.0',
    revision: expect.stringMatching(/^[0-9a-f]{64}$/),
    limits: worker().limits,
  });
  expect(running.instances[0]).toEqual({
    id: expect.stringMatching(/^uid-/),
    host: expect.stringMatching(new RegExp(`^${WORKER}-`)),
    state: 'running',
    healthy: true,
    imageDigest: DIGEST,
    startedAt: expect.closeTo(Date.now(), -5),
    restarts: 0,
    exitCode: null,
    outOfMemory: false,
    node: null,
    message: null,
  });

  expect(await orchestrator.apply(worker({ image: 'easel/default:0.1.1' }))).toBe('changed');
  const [changed] = (await orchestrator.list()).slice(-1);
  expect(changed?.revision).not.toBe(running.revision);
  const ids = running.instances.map(({ id }) => id);
  expect(changed?.instances.filter(({ id, state }) => ids.includes(id) && state === 'running')).toEqual([]);
});

test('another secret is another Secret, and the old one goes when nobody uses it any more', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const secrets = () => stage.objects.filter((name) => name.startsWith('Secret'));
  await orchestrator.apply(worker());
  const [old] = secrets();
  const other = worker({ secrets: [{ path: '/run/easel/settings.yaml', content: 'another' }] });
  stage.server.controllers.fates.set('easel/default:0.1.0', 'slow');
  await expect(orchestrator.apply(other)).rejects.toThrow('nothing has moved');
  expect(secrets()).toContain(old);
  expect(secrets()).toHaveLength(2);
  stage.server.controllers.fates.clear();
  await orchestrator.apply(other);
  expect(secrets()).toHaveLength(1);
  expect(secrets()).not.toContain(old);
});

test('what somebody else has changed is put right; what they have added stays', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.apply(worker());
  const annotations = { 'example.org/note': 'keep' };
  stage.server.store.merge('Deployment', WORKER, { metadata: { annotations }, spec: { replicas: 7 } });
  expect(await orchestrator.apply(worker())).toBe('changed');
  const { metadata, spec } = stage.server.store.get('Deployment', WORKER);
  expect([spec.replicas, metadata.annotations['example.org/note']]).toEqual([2, 'keep']);
});

test('what is published no more is not reachable any more', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const ports = [{ container: 8380, published: { address: '0.0.0.0', port: 80 } }];
  await orchestrator.apply(web({ ports }));
  expect(stage.objects).toContain('Service easel-1a2b3c4d-web');
  await orchestrator.apply(web());
  expect(stage.objects).not.toContain('Service easel-1a2b3c4d-web');
  expect(stage.objects).toContain('Service web');
});

test('more workers; fewer, sparing those at work and waiting until the others have drained', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.apply(worker());
  await orchestrator.scale('worker-default', 4);
  const hosts = (await orchestrator.list())[0]?.instances.map(({ host }) => host) ?? [];
  expect(hosts).toHaveLength(4);
  const busy = new Set([String(hosts[0]), String(hosts[1])]);
  stage.server.controllers.isDraining = true;
  let isDone = false;
  const scaled = orchestrator.scale('worker-default', 2, busy).finally(() => {
    isDone = true;
  });
  const stopping = async () => {
    const [service] = await orchestrator.list();
    const held = service?.instances.filter(({ state }) => state === 'stopping') ?? [];
    return held.length === 2 && held.map(({ host }) => host);
  };
  expect(await until(stopping)).toEqual(hosts.filter((host) => !busy.has(host)));
  const asked = stage.server.requests.length;
  await until(() => stage.server.requests.length > asked + 10);
  expect(isDone).toBe(false);
  stage.server.controllers.isDraining = false;
  await scaled;
  expect(new Set((await orchestrator.list())[0]?.instances.map(({ host }) => host))).toEqual(busy);
  await expect(orchestrator.scale('worker-gpu', 1)).rejects.toMatchObject({ code: 'not_found' });
});

test('a restart replaces every instance, one after another, and outlives the next apply', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.apply(worker({ replicas: 3 }));
  const ids = async () => (await orchestrator.list())[0]?.instances.map(({ id }) => id) ?? [];
  const before = await ids();
  expect(await orchestrator.restart('worker-default')).toBe(3);
  const live = stage.server.store.all('Pod').filter(({ metadata }) => !metadata.deletionTimestamp);
  expect(live.filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
  const after = await ids();
  expect(after.filter((id) => before.includes(id))).toEqual([]);
  expect(await orchestrator.apply(worker({ replicas: 3 }))).toBe('unchanged');
  expect(await ids()).toEqual(after);
});

test('a removal waits for the pods, and leaves claims and what is not ours', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const other = await stage.orchestrator({ deployment: 'ffffffff-0000' });
  await orchestrator.apply(worker());
  await orchestrator.apply(database());
  await other.apply(worker());
  for (const name of ['worker-default', 'database']) await orchestrator.remove(name);
  expect(stage.objects.filter((name) => name.includes('1a2b3c4d'))).toEqual([
    'PersistentVolumeClaim easel-1a2b3c4d-database',
  ]);
  expect((await other.list()).map(({ name }) => name)).toEqual(['worker-default']);
  expect(await orchestrator.list()).toEqual([]);
  await expect(orchestrator.remove('worker-default')).rejects.toMatchObject({ code: 'not_found' });
  expect(stage.objects).toContain('PersistentVolumeClaim archive');
  await orchestrator.apply(database());
});

test('a name that somebody else has taken is theirs', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  stage.server.store.put({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'database', namespace: 'easel', labels: { [LABELS.deployment]: 'another' } },
    spec: { ports: [{ port: 3306 }] },
  });
  const before = JSON.stringify(stage.server.store.get('Service', 'database'));
  await expect(orchestrator.apply(database())).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('Service database that is not of this deployment'),
  });
  expect(JSON.stringify(stage.server.store.get('Service', 'database'))).toBe(before);
  expect(stage.objects.filter((name) => name.includes('1a2b3c4d'))).toEqual([]);
});

test('the claims of the areas must be there, and be shared', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  stage.server.store.delete('PersistentVolumeClaim', 'products');
  await expect(orchestrator.apply(worker())).rejects.toThrow(/needs the claim products.*ReadWriteMany/);
  for (const mode of ['ReadWriteOnce', 'ReadOnlyMany']) {
    stage.addClaim('products', [mode]);
    await expect(orchestrator.apply(worker())).rejects.toThrow(`one node only (${mode})`);
    stage.server.store.delete('PersistentVolumeClaim', 'products');
  }
  expect(stage.objects).toEqual(['PersistentVolumeClaim archive']);
});

test('with an image that is nowhere it says so; once it is there, the same description runs', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const { fates } = stage.server.controllers;
  fates.set('easel/default:0.1.0', 'missing');
  await expect(orchestrator.apply(worker())).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(/^worker-default: .* image easel\/default:0.1.0: .*not found; push it/),
  });
  const [service] = await orchestrator.list();
  expect(service?.instances[0]).toMatchObject({ state: 'starting', healthy: null, imageDigest: null });
  expect(service?.instances[0]?.message).toMatch(/^(ErrImagePull|ImagePullBackOff): /);
  expect(await orchestrator.apply(worker({ image: 'easel/default:0.1.1' }))).toBe('changed');
  await expect(orchestrator.apply(worker())).rejects.toMatchObject({ code: 'not_found' });
  fates.clear();
  stage.server.controllers.isDraining = true;
  expect(await orchestrator.apply(worker())).toBe('unchanged');
  stage.server.controllers.isDraining = false;
  await until(async () => (await orchestrator.list())[0]?.instances.length === 2);
  expect((await orchestrator.list())[0]?.instances.map(({ state }) => state)).toEqual(['running', 'running']);
});

test('what is wrong with containers is told', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  const { fates } = stage.server.controllers;
  const image = worker().image;
  fates.set(image, 'out of memory');
  await expect(orchestrator.apply(worker())).rejects.toThrow(/again and again \(it has no memory left\)/);
  expect((await orchestrator.list())[0]?.instances[0]).toMatchObject({ outOfMemory: true, exitCode: 137 });
  fates.set(image, 'crashes');
  await orchestrator.remove('worker-default');
  await expect(orchestrator.apply(worker())).rejects.toThrow(/\(exit code 1\).*read its log: kubectl logs/);
  fates.set(image, 'misconfigured');
  await orchestrator.remove('worker-default');
  await expect(orchestrator.apply(worker())).rejects.toThrow(
    /made from the image .*CreateContainerConfigError/,
  );
  fates.set(image, 'unschedulable');
  await orchestrator.remove('worker-default');
  await expect(orchestrator.apply(worker())).rejects.toThrow(/0 of 2 ready, and nothing has moved/);
  expect(stage.said).toContain(
    'worker-default: 0 of 2 ready; Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
  );
});

test('an instance that was out of memory once runs again, and it is still known', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.apply(worker({ replicas: 1 }));
  const [pod] = stage.server.store.all('Pod');
  pod.status.containerStatuses[0].lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  pod.status.containerStatuses[0].restartCount = 1;
  expect((await orchestrator.list())[0]?.instances).toMatchObject([
    { state: 'running', outOfMemory: true, exitCode: 137, restarts: 1 },
  ]);
});

test('a pod that was evicted has ended, and is in nobody’s way', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await stage.orchestrator();
  await orchestrator.apply(worker());
  const [pod] = stage.server.store.all('Pod');
  stage.server.store.put({
    ...pod,
    status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
  });
  await until(async () => (await orchestrator.list())[0]?.instances.length === 3);
  const instances = (await orchestrator.list())[0]?.instances ?? [];
  expect(instances.filter(({ state }) => state === 'ended')).toMatchObject([
    { id: pod.metadata.uid, healthy: null, message: 'Evicted: The node was low on resource: memory.' },
  ]);
  await orchestrator.scale('worker-default', 1);
  expect(await orchestrator.restart('worker-default')).toBe(1);
});

test('as it is opened by commands', async () => {
  await using stage = await KubernetesStage.open();
  const orchestrator = await openKubernetesOrchestrator({
    deployment: DEPLOYMENT,
    settings: loadSettings({ home: '/nowhere' }, {}).containers,
    environment: stage.server.environment(),
    say: () => {},
  });
  await orchestrator.check();
  expect([orchestrator.kind, await orchestrator.list()]).toEqual(['kubernetes', []]);
  await orchestrator.close();
});
