/** Services on a real Docker engine, alone and as a swarm: what becomes of them. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { LABELS, type RunningService } from '../../controller/deployment/orchestrator.ts';
import type { HealthCheck } from '../../controller/deployment/service.ts';
import { message, Stage } from '../support/containers/stage.ts';
import { buildTestImage } from '../support/containers/test-image.ts';
import { until } from '../support/until.ts';

const host = inject('dockerHost');
const SLOW = { timeoutMs: 60_000 };

const hosts = (service: RunningService | undefined) => service?.instances.map((each) => each.host);
const ids = (service: RunningService | undefined) => service?.instances.map((each) => each.id);

describe.skipIf(host === null).each(['docker', 'swarm'] as const)('%s', { concurrent: true }, (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(kind, host ?? '');
  });
  afterAll(() => stage.close(), 120_000);

  test('what is described is made, left alone, changed', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.check();
    const service = stage.service({ replicas: 2 });
    expect(await orchestrator.apply(service)).toBe('created');
    const [first] = await orchestrator.list();
    expect(first).toMatchObject({
      ...{ name: 'worker-default', role: 'worker', workerClass: 'default', image: stage.image, replicas: 2 },
      limits: service.limits,
      instances: [1, 2].map((number) => ({
        ...{ host: `worker-default-${number}`, state: 'running', healthy: null, restarts: 0, exitCode: null },
        ...{ outOfMemory: false, message: null },
      })),
    });
    expect(await orchestrator.apply(service)).toBe('unchanged');
    const [same] = await orchestrator.list();
    expect(same).toEqual(first);
    expect(await orchestrator.apply({ ...service, environment: { COLOUR: 'blue' } })).toBe('changed');
    const [other] = await orchestrator.list();
    expect(other?.revision).not.toBe(first?.revision);
    const running = await stage.containers(deployment);
    expect(running).toHaveLength(2);
    for (const { Id, Labels } of running) {
      expect(Labels).toMatchObject({
        [LABELS.deployment]: deployment,
        [LABELS.service]: 'worker-default',
        [LABELS.role]: 'worker',
        [LABELS.workerClass]: 'default',
        [LABELS.revision]: other?.revision,
      });
      expect(
        await stage.evaluate(
          Id,
          'console.log(process.env.COLOUR, process.env.EASEL_IMAGE, os.hostname().slice(0, -1))',
        ),
      ).toBe(`blue ${stage.image}@${other?.instances[0]?.imageDigest} worker-default-`);
    }
  });

  test('an image that was built anew under its name counts as a change', async () => {
    const orchestrator = await stage.orchestrator();
    const image = await stage.anotherImage();
    const service = stage.service({ image });
    await orchestrator.apply(service);
    const [before] = await orchestrator.list();
    await buildTestImage(stage.engine, image, 'anew');
    expect(await orchestrator.apply(service)).toBe('changed');
    const [after] = await orchestrator.list();
    const { Id: imageId } = await stage.engine.getImage(image).inspect();
    expect(after?.instances[0]?.imageDigest).toBe(imageId);
    expect(before?.instances[0]?.imageDigest).not.toBe(imageId);
    expect(await orchestrator.apply(service)).toBe('unchanged');
  });

  test('scaled from 1 to 3, to 1, to nothing and back', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service());
    for (const replicas of [3, 1, 0, 2]) {
      await orchestrator.scale('worker-default', replicas);
      const [service] = await orchestrator.list();
      expect(service).toMatchObject({ replicas, image: stage.image });
      expect(service?.instances).toHaveLength(replicas);
      expect(await stage.containers(deployment)).toHaveLength(replicas);
    }
    expect(await orchestrator.apply(stage.service({ replicas: 0 }))).toBe('changed');
    expect(await orchestrator.apply(stage.service({ replicas: 0 }))).toBe('unchanged');
    await expect(orchestrator.scale('worker-other', 1)).rejects.toThrow(
      /no service worker-other.*easel deploy/,
    );
  });

  test('what is asked to stop has the time that it was promised', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service({ arguments: ['serve', '2000'] }));
    const ends = await stage.endsDuring(deployment, () => orchestrator.scale('worker-default', 0));
    expect(ends).toMatchObject([{ exitCode: '0' }]);
    expect(ends[0]?.seconds).toBeGreaterThan(1.9);
  });

  test('what does not stop in its time is killed', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service({ arguments: ['ignore'], stopSeconds: 1 }));
    const ends = await stage.endsDuring(deployment, () => orchestrator.remove('worker-default'));
    expect(ends).toMatchObject([{ exitCode: '137' }]);
    expect(ends[0]?.seconds).toBeGreaterThan(0.9);
  });

  test('a restart replaces one after another', async () => {
    const orchestrator = await stage.orchestrator();
    await orchestrator.apply(stage.service({ replicas: 2, arguments: ['serve', '500'] }));
    const [before] = await orchestrator.list();
    let fewest = 2;
    const watch = setInterval(async () => {
      const [now] = await orchestrator.list();
      fewest = Math.min(fewest, now?.instances.filter(({ state }) => state === 'running').length ?? 0);
    }, 200);
    try {
      expect(await orchestrator.restart('worker-default')).toBe(2);
    } finally {
      clearInterval(watch);
    }
    expect(fewest).toBe(1);
    const [after] = await orchestrator.list();
    expect(hosts(after)).toEqual(hosts(before));
    for (const id of ids(before) ?? []) expect(ids(after)).not.toContain(id);
    expect(await orchestrator.apply(stage.service({ replicas: 2, arguments: ['serve', '500'] }))).toBe(
      'unchanged',
    );
  });

  test('a roll stops at the first that does not come up, and tells its last lines', async () => {
    const orchestrator = await stage.orchestrator();
    await orchestrator.apply(stage.service({ replicas: 2 }));
    const [before] = await orchestrator.list();
    const broken = stage.service({ replicas: 2, arguments: ['exit', '3'] });
    expect(await message(orchestrator.apply(broken))).toMatch(
      /worker-default-\d does not come up: .*3[\s\S]*ending with 3/,
    );
    const [after] = await orchestrator.list();
    expect(ids(before)?.filter((id) => ids(after)?.includes(id))).toHaveLength(1);
    expect(await message(orchestrator.apply(broken))).toMatch(/worker-default-\d does not come up/);
    expect(await orchestrator.apply(stage.service({ replicas: 2 }))).toBe('changed');
    expect(await orchestrator.apply(stage.service({ replicas: 2 }))).toBe('unchanged');
  });

  test('health is asked for, and one that is not well does not come up', async () => {
    const orchestrator = await stage.orchestrator();
    const health = (script: string): HealthCheck => ({
      command: ['/node', '-e', script],
      everySeconds: 1,
      startSeconds: 1,
    });
    await orchestrator.apply(stage.service({ health: health('') }));
    const [service] = await orchestrator.list();
    expect(service?.instances).toMatchObject([{ state: 'running', healthy: true }]);
    const ill = stage.service({ health: health('console.log("I am ill"); process.exit(1)') });
    await expect(orchestrator.apply(ill)).rejects.toThrow(
      /worker-default-1 does not come up: its health check fails: I am ill/,
    );
  });

  test('a process that was killed comes back', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service());
    const [container] = await stage.containers(deployment);
    const { State: state } = await stage.engine.getContainer(container?.Id ?? '').inspect();
    process.kill(state.Pid, 'SIGKILL');
    const back = await until(async () => {
      const [service] = await orchestrator.list();
      return service?.instances.find((each) => each.state === 'running' && each.restarts === 1);
    }, SLOW);
    expect(back).toMatchObject({ host: 'worker-default-1', outOfMemory: false });
  });

  // A swarm needs nobody's help for that.
  test.runIf(kind === 'docker')(
    'what was ended through the engine comes back when as many are asked for as there are',
    async () => {
      const deployment = stage.newDeployment();
      const orchestrator = await stage.orchestrator({ deployment });
      await orchestrator.apply(stage.service({ replicas: 2 }));
      const [container] = await stage.containers(deployment);
      await stage.engine.getContainer(container?.Id ?? '').kill();
      await orchestrator.scale('worker-default', 2);
      await until(async () => (await stage.containers(deployment)).length === 2, SLOW);
      const [service] = await orchestrator.list();
      const states = service?.instances.filter(({ state }) => state !== 'ended').map(({ state }) => state);
      expect(states).toEqual(['running', 'running']);
    },
  );

  test('two deployments, and strangers, are nothing to one another', async () => {
    const [here, there] = [stage.newDeployment(), stage.newDeployment()];
    const one = await stage.orchestrator({ deployment: here });
    const other = await stage.orchestrator({ deployment: there });
    const stranger = await stage.engine.createContainer({ Image: stage.image, Cmd: ['serve'] });
    try {
      await stranger.start();
      await one.apply(stage.service());
      await other.apply(stage.service({ name: 'worker-other', workerClass: 'other' }));
      expect((await one.list()).map(({ name }) => name)).toEqual(['worker-default']);
      expect((await other.list()).map(({ name }) => name)).toEqual(['worker-other']);
      await one.remove('worker-other');
      await one.remove('worker-default');
      expect(await one.list()).toEqual([]);
      await until(async () => (await stage.leftovers(here)).length === 0, SLOW);
      expect(await stage.containers(there)).toHaveLength(1);
      expect((await stranger.inspect()).State.Running).toBe(true);
    } finally {
      await stranger.remove({ force: true });
    }
  });

  test('services of a deployment find one another by name', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    await orchestrator.apply(stage.service({ name: 'database' }));
    await orchestrator.apply(stage.service());
    const containers = await stage.containers(deployment);
    const worker = containers.find(({ Labels }) => Labels[LABELS.service] === 'worker-default');
    const lookUp =
      'require("dns").lookup("database", (error, address) => console.log(error?.code ?? address))';
    expect(await stage.evaluate(worker?.Id ?? '', lookUp)).toMatch(/^10\.|^172\.|^192\.168\./);
  });

  test('an image that is not there is named', async () => {
    const orchestrator = await stage.orchestrator();
    await expect(orchestrator.apply(stage.service({ image: 'easel/nothing:0.0.0' }))).rejects.toThrow(
      /no image easel\/nothing:0\.0\.0 .*easel images build/,
    );
    await expect(
      orchestrator.apply(stage.service({ image: 'localhost:9/nothing:1', image_kind: 'foreign' })),
    ).rejects.toThrow(/no image localhost:9\/nothing:1 .*cannot be pulled .*docker pull/);
    expect(await orchestrator.list()).toEqual([]);
  });

  test('an engine that is away, or refuses, says what to do', async () => {
    const at = async (DOCKER_HOST: string) => await stage.orchestrator({ environment: { DOCKER_HOST } });
    const away = await at('unix:///nowhere/docker.sock');
    await expect(away.check()).rejects.toThrow(
      /no Docker engine answers at unix:\/\/\/nowhere.*systemctl start docker/,
    );
    await expect(away.list()).rejects.toThrow(/no Docker engine answers/);
    await expect((await at('tcp://127.0.0.1:9')).check()).rejects.toThrow(/127\.0\.0\.1:9 .*ECONNREFUSED/);
    await expect(at('what is this')).rejects.toThrow(/DOCKER_HOST is 'what is this': expected unix:/);
  });
});
