/**
 * The life of a deployment on a real engine: jobs over several worker classes, and what happens to workers, containers and tasks
 * meanwhile. The same for containers of one engine and for services of a swarm.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { transact } from '../../core/db/transaction.ts';
import { hashPassword } from '../../core/runtime/password.ts';
import { addUser } from '../../core/store/users.ts';
import { containerOf, createDeployment, type Deployment } from '../support/containers/deployment.ts';
import { ensureSwarm } from '../support/containers/swarm.ts';
import { WorkerImages } from '../support/containers/worker-images.ts';
import { changeSettings, type Daemons } from '../support/daemons.ts';
import { findFreePort } from '../support/servers/programs.ts';
import { until } from '../support/until.ts';

const dockerHost = inject('dockerHost');
const OWN = fileURLToPath(new URL('../../worker/images/', import.meta.url));

/** Programs that misbehave, in the image of the class `python`. */
const python = (program: string) => ({ worker_class: 'python', command: ['python3', '-c', program] });
const TYPES = {
  sleeper: {
    description: 'Takes its time',
    ...python(
      'import time; time.sleep(float("{settings.seconds}")); open("{outputs.done}", "w").write("slept")',
    ),
    settings: { seconds: { type: 'number' } },
    outputs: { done: { required: true } },
  },
  hog: {
    description: 'Takes more memory than it may',
    ...python('a = [bytearray(16 << 20) for _ in range(400)]'),
  },
  bomb: {
    description: 'Starts processes until it cannot',
    ...python(
      [
        'import os, time',
        'n = 0',
        'try:',
        '  while n < 5000:',
        '    if os.fork() == 0: time.sleep(60); os._exit(0)',
        '    n += 1',
        'except OSError: pass',
        'print("stopped after", n)',
        'raise SystemExit(3 if n < 5000 else 0)',
      ].join('\n'),
    ),
  },
  stray: {
    description: 'Writes where it may not, and looks for secrets',
    ...python(
      [
        'import os',
        'wrong = []',
        'for path in ["/opt/easel/mine", "/data/input/mine", "/run/easel/mine", "/mine"]:',
        '  try: open(path, "w"); wrong.append(path)',
        '  except OSError: pass',
        'wrong += [name for name in os.environ if name.startswith("EASEL_DATABASE")]',
        'raise SystemExit(", ".join(wrong) or 0)',
      ].join('\n'),
    ),
  },
};

/** A star is made, its period and its noise are measured, in three images. */
const THREE_CLASSES = [
  {
    ...{ task: 'synthesis_psls', name: 'star', outputs: { lightcurve: 'star.lc.gz' } },
    specs: { duration: 20, sampling_cadence: 1_800, mode: 'main_sequence', master_seed: 7 },
  },
  {
    ...{ task: 'periodogram_gls', inputs: { lightcurve: 'star.lc.gz' } },
    outputs: { periodogram: 'star.periodogram.csv' },
  },
  { task: 'noise_estimate', inputs: { lightcurve: 'star.lc.gz' }, outputs: { noise: 'star.noise.csv' } },
];

interface Listed {
  readonly name: string;
  readonly replicas: number;
  readonly instances: readonly { readonly id: string; readonly state: string; readonly restarts: number }[];
}

describe.skipIf(dockerHost === null)('deployments', () => {
  let images: WorkerImages;
  let home: string;
  const environment = () => (dockerHost === null || dockerHost === '' ? {} : { DOCKER_HOST: dockerHost });

  beforeAll(async () => {
    images = await WorkerImages.open(dockerHost ?? '', inject('imagesName'));
    home = mkdtempSync(join(tmpdir(), 'easel-deployments-'));
    await images.build(home);
    writeFileSync(join(home, 'types.yaml'), stringify(TYPES));
  }, 600_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  describe.each([
    { orchestrator: 'docker', queue: 'amqp' },
    { orchestrator: 'swarm', queue: 'sql' },
  ] as const)('on $orchestrator, queue $queue', ({ orchestrator, queue }) => {
    let deployment: Deployment;
    let daemons: Daemons;
    let leaveSwarm = () => Promise.resolve();

    beforeAll(async () => {
      if (orchestrator === 'swarm') leaveSwarm = await ensureSwarm(images.engine);
      const registries = ['python', 'c', 'light-curve'].map((name) => join(OWN, name, 'task-types.yaml'));
      const classes = { default: 'base', python: 'python', c: 'c', 'light-curve': 'light-curve' };
      deployment = await createDeployment({
        ...{ orchestrator, queue, taskTypes: [...registries, join(home, 'types.yaml')] },
        images: Object.fromEntries(Object.entries(classes).map(([name, image]) => [name, images.tag(image)])),
      });
      ({ daemons } = deployment);
    }, 300_000);
    afterAll(async () => {
      await deployment?.close();
      await leaveSwarm();
    }, 180_000);

    const easel = (...args: string[]) => daemons.easel(args, environment());
    const must = (...args: string[]) => daemons.must(args, environment());
    const status = async (): Promise<Listed[]> => JSON.parse((await easel('status', '--json')).stdout);
    const running = async (name: string) => {
      const service = (await status()).find((each) => each.name === name);
      return service?.instances.filter(({ state }) => state === 'running') ?? [];
    };
    const run = async (...tasks: object[]) => {
      const id = await daemons.submit({ job_name: 'in containers', task_list: tasks });
      return { id, job: await daemons.end(id, 120_000) };
    };
    const product = (name: string) => join(daemons.home, 'output', name);
    const attemptsOf = (jobId: number) =>
      daemons.kysely
        .selectFrom('attempts')
        .leftJoin('processes', 'processes.id', 'attempts.worker_id')
        .leftJoin('usages', 'usages.attempt_id', 'attempts.id')
        .select(['attempts.state', 'attempts.exit_class', 'attempts.error'])
        .select(['processes.worker_class', 'processes.image', 'usages.peak_memory_bytes'])
        .where('attempts.job_id', '=', jobId)
        .orderBy('attempts.id')
        .execute();
    const untilRuns = (jobId: number) =>
      until(async () => (await attemptsOf(jobId)).some(({ state }) => state === 'running'), {
        timeoutMs: 60_000,
      });

    test('is brought, and brought again without touching anything', async () => {
      const first = await must('deploy', '--no-web');
      for (const name of ['scheduler', 'worker-c', 'worker-default', 'worker-light-curve', 'worker-python'])
        expect(first.stdout).toContain(`${name}: created`);
      const ids = async () => (await status()).flatMap(({ instances }) => instances.map(({ id }) => id));
      const before = await ids();
      const second = await must('deploy', '--no-web');
      expect(second.stdout).not.toMatch(/: (created|changed)/);
      expect(await ids()).toEqual(before);
      expect((await easel('status')).code).toBe(0);
    }, 300_000);

    test('runs a job over three worker classes, and knows what each attempt ran in', async () => {
      const { id, job } = await run(...THREE_CLASSES);
      expect(job.state).toBe('succeeded');
      for (const name of ['star.lc.gz', 'star.periodogram.csv', 'star.noise.csv'])
        expect(statSync(product(name))).toMatchObject({ uid: 10_001, size: expect.any(Number) });
      const attempts = await attemptsOf(id);
      const classes = attempts.map(({ worker_class }) => worker_class);
      expect(classes.sort()).toEqual(['c', 'light-curve', 'python']);
      for (const { image } of attempts) expect(image).toMatch(/^easel-test\/.+@sha256:[0-9a-f]{64}$/);
    });

    test('brings the dashboard only where somebody can log in, and there it answers', async () => {
      const port = await findFreePort();
      const address = `${orchestrator === 'swarm' ? '0.0.0.0' : '127.0.0.1'}:${port}`;
      const refused = await easel('deploy', '--web', address);
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('easel user add NAME --role admin'),
      });
      const password = await hashPassword('correct horse battery');
      await transact(daemons.database, (trx) =>
        addUser(trx, {
          name: 'anna',
          role: 'admin',
          password,
          person: 'tester',
        }),
      );
      expect((await must('deploy', '--web', address)).stdout).toContain('web: created');
      const health = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status: code }) => code);
      expect(await health()).toBe(200);
      await must('restart-web', '--yes');
      await until(async () => (await health().catch(() => 0)) === 200, { timeoutMs: 30_000 });
    });

    test('a rolling restart in the middle of a job loses nothing', async () => {
      const tasks = Array.from({ length: 5 }, (_, at) => ({
        ...{ task: 'sleeper', seconds: 1, outputs: { done: `rolled-${at}.txt` } },
      }));
      const id = await daemons.submit({ task_list: tasks });
      await untilRuns(id);
      const before = (await running('worker-python')).map((each) => each.id);
      await must('restart-workers', '--worker', 'python', '--yes');
      expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
      const after = (await running('worker-python')).map((each) => each.id);
      expect(after.filter((each) => before.includes(each))).toEqual([]);
      const states = (await attemptsOf(id)).map(({ state }) => state);
      expect(states).not.toContain('lost');
    }, 240_000);

    test('a worker whose process is killed comes back, and its task is tried again', async () => {
      const id = await daemons.submit({
        task_list: [{ task: 'sleeper', seconds: 4, outputs: { done: 'killed.txt' } }],
      });
      await untilRuns(id);
      const { State } = await (await containerOf(images.engine, daemons, 'worker-python')).inspect();
      process.kill(State.Pid, 'SIGKILL');
      expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
      expect((await attemptsOf(id)).map(({ state }) => state)).toEqual(['lost', 'succeeded']);
      expect(existsSync(product('killed.txt'))).toBe(true);
    });

    test('a container that somebody ended is brought back by `deploy`, and its task is tried again', async () => {
      const id = await daemons.submit({
        task_list: [{ task: 'sleeper', seconds: 4, outputs: { done: 'ended.txt' } }],
      });
      await untilRuns(id);
      await (await containerOf(images.engine, daemons, 'worker-python')).kill();
      if (orchestrator === 'docker') expect((await easel('status')).code).toBe(1); // a swarm has replaced it by itself
      await must('deploy', '--worker', 'python');
      expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
      expect((await attemptsOf(id)).map(({ state }) => state)).toEqual(['lost', 'succeeded']);
      expect((await easel('status')).code).toBe(0);
    });

    test('what takes too much memory ends as such, with its peak, and harms nobody', async () => {
      const { id, job } = await run({ task: 'hog', retries: 0 });
      expect(job.state).toBe('failed');
      const [attempt] = await attemptsOf(id);
      expect(attempt?.exit_class).toBe('oom');
      expect(Number(attempt?.peak_memory_bytes)).toBeGreaterThan(500e6);
      const next = await run({ task: 'sleeper', seconds: 0, outputs: { done: 'after.txt' } });
      expect(next.job.state).toBe('succeeded');
    });

    test('a fork bomb stops at its bound, and what writes where it may not cannot', async () => {
      const bomb = await run({ task: 'bomb', retries: 0 });
      expect((await attemptsOf(bomb.id))[0]).toMatchObject({ exit_class: 'exit' });
      const stray = await run({ task: 'stray', retries: 0 });
      expect((await attemptsOf(stray.id))[0]?.error ?? '').toBe('');
      expect(stray.job.state).toBe('succeeded');
      expect(existsSync(join(daemons.home, 'input', 'mine'))).toBe(false);
    });

    test('autoscale brings workers for what waits, and takes them away when nothing does', async () => {
      const options = ['--class', 'python', '--max', '3', '--patience', '1', '--cool-down', '4'];
      const autoscale = daemons.spawn(['autoscale', ...options], environment());
      const tasks = Array.from({ length: 9 }, (_, at) => ({
        ...{ task: 'sleeper', seconds: 3, outputs: { done: `many-${at}.txt` } },
      }));
      const id = await daemons.submit({ task_list: tasks });
      await until(async () => (await running('worker-python')).length === 3, {
        timeoutMs: 90_000,
        message: () => `three workers; ${autoscale.stderr}`,
      });
      expect((await daemons.end(id, 120_000)).state).toBe('succeeded');
      await until(async () => (await running('worker-python')).length === 0, {
        timeoutMs: 90_000,
        message: () => `no worker; ${autoscale.stderr}`,
      });
      // From none, the next task brings one back.
      const woken = await run({ task: 'sleeper', seconds: 0, outputs: { done: 'woken.txt' } });
      expect(woken.job.state).toBe('succeeded');
      expect((await autoscale.stop()).code).toBe(0);
      expect((await attemptsOf(id)).map(({ state }) => state)).not.toContain('lost');
    }, 300_000);

    test('an image that is not there, or whose registry is away, is named, and what runs goes on', async () => {
      const file = join(daemons.home, 'settings.yaml');
      copyFileSync(file, join(home, 'kept.yaml'));
      const before = (await running('worker-c')).map((each) => each.id);
      for (const image of ['easel-test/nothing:none', 'registry.invalid/easel/c:1']) {
        changeSettings(daemons.home, { containers: { orchestrator, images: { c: image } } });
        const { code, stderr } = await easel('deploy', '--worker', 'c');
        expect(code).toBe(1);
        expect(stderr).toContain(image);
      }
      copyFileSync(join(home, 'kept.yaml'), file);
      expect((await running('worker-c')).map((each) => each.id)).toEqual(before);
    });

    test('is ended, and nothing of it is left but the files', async () => {
      expect((await must('stop', '--dry-run')).stdout).toContain('worker-c');
      await must('stop', '--yes');
      expect(await status()).toEqual([]);
      expect(existsSync(product('after.txt'))).toBe(true);
      const { code, stderr } = await easel('restart-workers', '--yes');
      expect(code).toBe(1);
      expect(stderr).toContain('no worker is deployed');
    }, 180_000);
  });
});
