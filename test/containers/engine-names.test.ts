/** Services on a real Docker engine: networks, ports, and names that somebody else has. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { LABELS } from '../../controller/deployment/orchestrator.ts';
import type { Port } from '../../controller/deployment/service.ts';
import { message, Stage } from '../support/containers/stage.ts';
import { findFreePort } from '../support/servers/programs.ts';
import { until } from '../support/until.ts';

const host = inject('dockerHost');
const SLOW = { timeoutMs: 60_000 };

describe.skipIf(host === null).each(['docker', 'swarm'] as const)('%s', { concurrent: true }, (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(kind, host ?? '');
  });
  afterAll(() => stage.close(), 120_000);

  test('a port is reached from outside, and one that is taken is told', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    const published = { address: kind === 'docker' ? '127.0.0.1' : '0.0.0.0', port: await findFreePort() };
    const ports: Port[] = [{ container: 8000, published }];
    const web = stage.service({ name: 'web', role: 'web', arguments: ['answer', '8000'], ports });
    await orchestrator.apply(web);
    const answer = () => fetch(`http://127.0.0.1:${published.port}/`).then((got) => got.text());
    expect(await until(async () => await answer().catch(() => null), SLOW)).toBe('here');
    expect(await message(orchestrator.apply({ ...web, name: 'web-2' }))).toMatch(
      kind === 'docker'
        ? /web-2-1 cannot be started: .*port is already allocated: .*choose another port/
        : /web-2-1 does not come up: .*no suitable node/,
    );
    await orchestrator.remove('web-2');
    await orchestrator.remove('web');
  });

  test('the network may be one that is there, or the machine’s', async () => {
    const driver = kind === 'docker' ? 'bridge' : 'overlay';
    const given = `easel-test-${stage.newDeployment()}`;
    const network = await stage.engine.createNetwork({ Name: given, Driver: driver, Attachable: true });
    for (const name of [given, 'host']) {
      const deployment = stage.newDeployment();
      const orchestrator = await stage.orchestrator({ deployment, network: name });
      await orchestrator.apply(stage.service());
      expect(await orchestrator.apply(stage.service())).toBe('unchanged');
      const [container] = await stage.containers(deployment);
      expect(Object.keys(container?.NetworkSettings.Networks ?? {})).toEqual([name]);
      expect(await stage.evaluate(container?.Id ?? '', 'console.log(os.hostname())')).toBe(
        'worker-default-1',
      );
      await orchestrator.remove('worker-default');
    }
    expect((await network.inspect()).Name).toBe(given);
    await until(() => stage.removed(network), SLOW);
    const gone = await stage.orchestrator({ network: given });
    expect(await message(gone.apply(stage.service()))).toMatch(
      new RegExp(`containers\\.network: there is no network '${given}'.*docker network create`),
    );
    const nameless = await stage.orchestrator({ network: 'bridge' });
    expect(await message(nameless.apply(stage.service()))).toMatch(/do not find one another .*'bridge'/);
  });

  test('what somebody else has named so stays as it is', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    const name = `easel-${deployment.slice(0, 8)}`;
    const driver = kind === 'docker' ? 'bridge' : 'overlay';
    const network = await stage.engine.createNetwork({ Name: name, Driver: driver });
    expect(await message(orchestrator.apply(stage.service()))).toMatch(
      new RegExp(`there is a network ${name} that is not of this deployment`),
    );
    await network.remove();
    const stranger = await stage.makeNamed(`${name}-worker-default${kind === 'docker' ? '-1' : ''}`);
    expect(await message(orchestrator.apply(stage.service()))).toMatch(
      /the name easel-.*-worker-default.* is taken by a .* not of this deployment/,
    );
    expect(await orchestrator.list()).toEqual([]);
    await orchestrator.remove('worker-default');
    await stranger.inspect();
    await stranger.remove({ force: true });
    await orchestrator.apply(stage.service());
  });
});

describe.skipIf(host === null)('docker alone', { concurrent: true }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open('docker', host ?? '');
  });
  afterAll(() => stage.close(), 120_000);

  test('of more than are wanted, those that are idle go first', async () => {
    const orchestrator = await stage.orchestrator();
    await orchestrator.apply(stage.service({ replicas: 4 }));
    const hosts = async () => (await orchestrator.list())[0]?.instances.map((each) => each.host);
    await orchestrator.scale('worker-default', 2, new Set(['worker-default-4', 'elsewhere']));
    expect(await hosts()).toEqual(['worker-default-1', 'worker-default-4']);
    await orchestrator.scale('worker-default', 3);
    expect(await hosts()).toEqual(['worker-default-1', 'worker-default-2', 'worker-default-4']);
  });

  test('what a command that was cut short has left is put right by the next', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator({ deployment });
    const secrets = [{ path: '/run/easel/settings.yaml', content: 'kept' }];
    const service = stage.service({ secrets, replicas: 2 });
    await orchestrator.apply(service);
    const [first, second] = await stage.containers(deployment);
    await stage.engine.getContainer(first?.Id ?? '').stop();
    await stage.engine.getContainer(second?.Id ?? '').remove({ force: true });
    const labels = { [LABELS.deployment]: deployment, [LABELS.service]: 'worker-default' };
    const filling = { ...labels, 'org.easel.filling': 'yes' };
    await stage.engine.createContainer({ Image: stage.image, Cmd: ['never'], Labels: filling });
    await stage.engine.createVolume({ Labels: labels });
    expect(await orchestrator.apply(service)).toBe('changed');
    expect(await orchestrator.apply(service)).toBe('unchanged');
    expect(await stage.containers(deployment)).toHaveLength(2);
    expect(await stage.leftovers(deployment)).toHaveLength(4);
    expect(await stage.secretStores(deployment)).toBe(1);
    for (const { Id } of await stage.containers(deployment))
      expect(
        await stage.evaluate(Id, "console.log(fs.readFileSync('/run/easel/settings.yaml', 'utf8'))"),
      ).toBe('kept');
  });
});
