/** Services on a real Docker engine. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { LABELS } from '../../controller/deployment/orchestrator.ts';
import { Stage } from '../support/containers/stage.ts';

const host = inject('dockerHost');

describe.skipIf(host === null).each(['docker'] as const)('%s', (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(host ?? '');
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test('what is described is made, left alone, changed', async () => {
    const deployment = stage.newDeployment();
    const orchestrator = await stage.orchestrator(kind, { deployment });
    await orchestrator.check();
    const service = stage.service({ replicas: 2 });
    expect(await orchestrator.apply(service)).toBe('created');
    const [first] = await orchestrator.list();
    expect(first).toMatchObject({
      ...{ name: 'worker-default', role: 'worker', workerClass: 'default', image: stage.image, replicas: 2 },
      limits: service.limits,
      instances: [1, 2].map(() => ({ state: 'running', healthy: null, restarts: 0, exitCode: null })),
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
      expect(await stage.evaluate(Id, 'console.log(process.env.COLOUR, process.env.EASEL_IMAGE)')).toBe(
        `blue ${stage.image}@${other?.instances[0]?.imageDigest}`,
      );
    }
  });
});
