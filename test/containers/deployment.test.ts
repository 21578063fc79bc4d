/**
 * The life of a deployment on a real engine: jobs over several worker classes, and what happens to workers, containers and tasks
 * meanwhile. The same for containers of one engine and for services of a swarm.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Daemons } from '../support/daemons.ts';
import { createDeployment, type Deployment } from '../support/containers/deployment.ts';
import { prepareImages } from '../support/containers/images.ts';
import { useSwarm } from '../support/containers/swarm.ts';
import { until } from '../support/until.ts';

const images = fileURLToPath(new URL('../../worker/images/', import.meta.url));

/** Programs that misbehave, in the image of the class `python`. */
const TYPES = `
sleeper:
  description: Takes its time
  worker_class: python
  command: [python3, -c, 'import time,sys; time.sleep(float("{settings.seconds}")); open("{outputs.done}", "w").write("slept")']
  settings: {seconds: {type: number}}
  outputs: {done: {required: true}}
hog:
  description: Takes more memory than it may
  worker_class: python
  command: [python3, -c, 'a = [bytearray(16 << 20) for _ in range(400)]']
  resources: {memory_gb: 0.25}
bomb:
  description: Starts processes until it cannot
  worker_class: python
  command: [python3, -c, 'import os,time
n = 0
try:
  while n < 5000:
    if os.fork() == 0: time.sleep(60); os._exit(0)
    n += 1
except OSError: pass
print("stopped after", n)
raise SystemExit(3 if n < 5000 else 0)']
stray:
  description: Writes where it may not
  worker_class: python
  command: [python3, -c, 'import os
wrong = []
for path in ["/opt/easel/mine", "/data/input/mine", "/run/easel/mine", "/mine"]:
  try:
    open(path, "w"); wrong.append(path)
  except OSError: pass
print("settings:", os.path.exists("/run/easel/settings.yaml") and os.access("/run/easel/settings.yaml", os.R_OK))
raise SystemExit(",".join(wrong) or 0)']
`;

beforeAll(() => prepareImages(), 600_000);

describe.each([
  { orchestrator: 'docker', queue: 'amqp' },
  { orchestrator: 'swarm', queue: 'sql' },
] as const)('a deployment on $orchestrator, queue $queue', ({ orchestrator, queue }) => {
  let deployment: Deployment;
  let daemons: Daemons;
  if (orchestrator === 'swarm') useSwarm();

  beforeAll(async () => {
    const types = join(daemonsDirectory(), `${orchestrator}.yaml`);
    writeFileSync(types, TYPES);
    deployment = await createDeployment({
      ...{ orchestrator, queue },
      taskTypes: [types, join(images, 'python/task-types.yaml'), join(images, 'c/task-types.yaml')],
    });
    ({ daemons } = deployment);
  }, 300_000);
  afterAll(() => deployment?.close(), 120_000);

  interface Listed {
    readonly name: string;
    readonly replicas: number;
    readonly instances: readonly {
      readonly id: string;
      readonly state: string;
      readonly restarts: number;
      readonly image_digest: string | null;
    }[];
  }
  const status = async (): Promise<Listed[]> => JSON.parse((await daemons.easel(['status', '--json'])).stdout);
  const service = async (name: string) => (await status()).find((each) => each.name === name);
  const running = async (name: string) =>
    (await service(name))?.instances.filter(({ state }) => state === 'running') ?? [];
  const run = async (...tasks: object[]) => {
    const id = await daemons.submit({ job_name: 'in containers', task_list: tasks });
    return { id, job: await daemons.end(id, 120_000) };
  };

  test('is brought, and brought again without touching anything', async () => {
    const first = await daemons.must(['deploy', '--no-web']);
    expect(first.stdout).toMatch(/scheduler: created/);
    for (const name of ['worker-c', 'worker-default', 'worker-python']) expect(first.stdout).toContain(`${name}: created`);
    const before = (await status()).flatMap(({ instances }) => instances.map(({ id }) => id));
    const second = await daemons.must(['deploy', '--no-web']);
    expect(second.stdout).not.toMatch(/created|changed/);
    expect((await status()).flatMap(({ instances }) => instances.map(({ id }) => id))).toEqual(before);
    expect((await daemons.easel(['status'])).code).toBe(0);
  });

  test('runs a job over three worker classes, and says what each attempt ran in', async () => {
    const { id, job } = await run(...THREE_CLASSES);
    expect(job.state).toBe('succeeded');
    const products = join(daemons.home, 'output');
    for (const name of ['star.txt.gz', 'star.spectrum.txt', 'star.noise.json']) {
      expect(statSync(join(products, name)).size).toBeGreaterThan(10);
      expect(statSync(join(products, name)).uid).toBe(10_001);
    }
    const rows = await daemons.kysely
      .selectFrom('attempts')
      .innerJoin('processes', 'processes.id', 'attempts.worker_id')
      .select(['processes.worker_class', 'processes.image'])
      .where('attempts.job_id', '=', id)
      .execute();
    expect(new Set(rows.map(({ worker_class }) => worker_class)).size).toBe(3);
    for (const { image } of rows) expect(image).toMatch(/^easel\/[a-z]+:.*@sha256:[0-9a-f]{64}$/);
  });

  test('a worker whose process is killed comes back, and its task is tried again', async () => {
    const id = await daemons.submit({ task_list: [{ task: 'sleeper', seconds: 5, outputs: { done: 'killed.txt' } }] });
    await untilRuns(daemons, id);
    const [victim] = await running('worker-python');
    killFromOutside(orchestrator, victim?.id ?? '');
    const job = await daemons.end(id, 120_000);
    expect(job.state).toBe('succeeded');
    expect(existsSync(join(daemons.home, 'output', 'killed.txt'))).toBe(true);
  });

  test('a rolling restart in the middle of a job loses nothing', async () => {
    const tasks = Array.from({ length: 6 }, (_, at) => ({
      ...{ task: 'sleeper', seconds: 1, outputs: { done: `rolled-${at}.txt` } },
    }));
    const id = await daemons.submit({ task_list: tasks });
    await untilRuns(daemons, id);
    const before = (await running('worker-python')).map(({ id: each }) => each);
    await daemons.must(['restart-workers', '--worker', 'python', '--yes']);
    expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
    const after = (await running('worker-python')).map(({ id: each }) => each);
    expect(after.some((each) => before.includes(each))).toBe(false);
    const lost = await daemons.kysely.selectFrom('attempts').select('id').where('job_id', '=', id).where('state', '=', 'lost').execute();
    expect(lost).toEqual([]);
  });

  test('what takes too much memory ends as such, with its peak, and harms nobody', async () => {
    const { id, job } = await run({ task: 'hog', retries: 0 });
    expect(job.state).toBe('failed');
    const [attempt] = await daemons.kysely
      .selectFrom('attempts')
      .leftJoin('usages', 'usages.attempt_id', 'attempts.id')
      .select(['exit_class', 'peak_memory_bytes'])
      .where('attempts.job_id', '=', id)
      .execute();
    expect(attempt?.exit_class).toBe('oom');
    expect(Number(attempt?.peak_memory_bytes)).toBeGreaterThan(100e6);
    expect((await run({ task: 'sleeper', seconds: 0, outputs: { done: 'after.txt' } })).job.state).toBe('succeeded');
  });

  test('a fork bomb stops at its bound, and what writes where it may not cannot', async () => {
    const { job } = await run({ task: 'bomb', retries: 0 });
    expect(job.state).toBe('failed');
    expect((await run({ task: 'stray', retries: 0 })).job.state).toBe('succeeded');
    expect(existsSync(join(daemons.home, 'input', 'mine'))).toBe(false);
    const { stdout } = await daemons.easel(['logs', '--job', '1']);
    expect(stdout).not.toContain('mysql://');
  });

  test('autoscale brings workers for what waits, and takes them away when nothing does', async () => {
    await daemons.must(['scale', 'python', '1']);
    const autoscale = daemons.spawn(['autoscale', '--class', 'python', '--max', '3', '--patience', '1', '--cool-down', '4']);
    const tasks = Array.from({ length: 12 }, (_, at) => ({ task: 'sleeper', seconds: 2, outputs: { done: `many-${at}.txt` } }));
    const id = await daemons.submit({ task_list: tasks });
    await until(async () => (await running('worker-python')).length === 3, { timeoutMs: 60_000 });
    expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
    await until(async () => (await running('worker-python')).length === 0, { timeoutMs: 60_000 });
    // From none, the next task brings one back.
    expect((await run({ task: 'sleeper', seconds: 0, outputs: { done: 'woken.txt' } })).job.state).toBe('succeeded');
    expect((await autoscale.stop()).code).toBe(0);
  });

  test('an image that does not exist, or whose registry is away, is named, and what runs goes on', async () => {
    const before = await status();
    for (const image of ['easel/nothing:none', 'registry.invalid/easel/python:1']) {
      const other = join(daemons.home, `other-${image.replaceAll(/\W/g, '-')}`);
      mkdirSync(other);
      const { code, stderr } = await daemons.easel(['deploy', '--worker', 'c'], { EASEL_HOME: withImage(daemons, other, image) });
      expect(code).toBe(1);
      expect(stderr).toContain(image);
    }
    expect((await status()).map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  });

  test('is ended, and nothing of it is left but the files', async () => {
    const dry = await daemons.must(['stop', '--dry-run']);
    expect(dry.stdout).toContain('worker-c');
    await daemons.must(['stop', '--yes']);
    expect(await status()).toEqual([]);
    expect(existsSync(join(daemons.home, 'output', 'after.txt'))).toBe(true);
    const { code, stderr } = await daemons.easel(['restart-workers', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('no worker is deployed');
  });
});
