/** A worker takes no more than there is: it counts its slots, refuses a container that is too small, and warns on a machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EaselProcess, runEasel } from '../support/easel.ts';
import { MemoryGroup, whyNoGroup } from '../support/memory-group.ts';

let home: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'easel_fit_'));
  environment = { EASEL_HOME: home, EASEL_LOG: 'json' };
  writeFileSync(join(home, 'settings.yaml'), 'task_types: [types.yaml]\n');
  const types = [
    '{big: {description: big, command: "true", worker_class: big, resources: {cpu: 0.1, memory_gb: 0.2}},',
    'huge: {description: huge, command: "true", worker_class: huge, resources: {cpu: 0.1, memory_gb: 9000}}}',
  ];
  writeFileSync(join(home, 'types.yaml'), types.join('\n'));
  expect((await runEasel(['init-schema'], environment)).code).toBe(0);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function start(worker: EaselProcess): Promise<{ slots: number; stderr: string }> {
  await worker.says('worker_started');
  const { stderr } = await worker.stop();
  return { slots: Number(/"slots":(\d+)/.exec(stderr)?.[1]), stderr };
}

test('on a machine: one slot per core at most, and a warning where a type does not fit', async () => {
  const big = await start(new EaselProcess(['work', '--class', 'big'], environment));
  expect(big.slots).toBe(availableParallelism());
  expect(big.stderr).not.toContain('misfit');
  const huge = await start(new EaselProcess(['work', '--class', 'huge'], environment));
  expect(huge.slots).toBe(1);
  expect(huge.stderr).toMatch(
    /"level":"warning","event":"misfit","reason":"a worker of class .*huge.* does not fit: task type .*huge.* needs 9,000 GB/,
  );
});

test('standalone warns of each class that does not fit', async () => {
  const { stderr } = await start(new EaselProcess(['standalone', '--no-web'], environment));
  expect(stderr).toMatch(/"event":"misfit","reason":"a worker of class .*huge.* does not fit/);
  expect(stderr).not.toMatch(/class .*big/);
});

describe.skipIf(whyNoGroup !== undefined)(`in a container ${whyNoGroup ?? ''}`, () => {
  let group: MemoryGroup;
  beforeEach(() => {
    group = new MemoryGroup(451_000_000);
  });
  afterEach(() => group.remove());

  test('as many slots as its limit allows', async () => {
    expect((await start(group.easel(['work', '--class', 'big'], environment))).slots).toBe(1);
  });

  test('more than fit are refused, with what to do', async () => {
    const { code, stderr } = await group
      .easel(['work', '--class', 'big', '--slots', '2'], environment)
      .ended();
    expect(code).toBe(1);
    expect(stderr).toContain('2 slots of class "big" do not fit: together they need 0.65 GB');
    expect(stderr).toContain('this container has 0.451 GB). Start it with `--slots 1`');
    expect(stderr).not.toContain('worker_started');
  });

  test('a type that does not fit at all is refused', async () => {
    const { code, stderr } = await group.easel(['work', '--class', 'huge'], environment).ended();
    expect(code).toBe(1);
    expect(stderr).toContain(
      'task type "huge" needs 9,000 GB, the worker itself 0.25 GB, and this container',
    );
  });

  test('for one process that does everything it is a warning', async () => {
    const { stderr } = await start(group.easel(['standalone', '--no-web'], environment));
    expect(stderr).toMatch(/"event":"misfit","reason":"a worker of class .*default.* does not fit/);
  });
});
