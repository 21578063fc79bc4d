/**
 * The images of workers, made on a machine that reaches no registry of images: what they say of themselves, that each runs its own
 * test in a container that may do next to nothing, and that its numbers are right.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { easelVersion } from '../../core/runtime/package.ts';
import { WorkerImages } from '../support/containers/worker-images.ts';
import { runEasel } from '../support/easel.ts';
import { estimateNoise, sineFit } from '../support/light-curve-sums.ts';
import { until } from '../support/until.ts';

const host = inject('dockerHost');
const MINUTES = 60_000;
const NAMES = ['base', 'c', 'light-curve', 'python'] as const;

const outcomeSchema = z.object({
  succeeded: z.boolean(),
  metadata: z.record(z.string(), z.json()),
  products: z.array(z.object({ output: z.string(), passed: z.boolean() })),
});

describe.skipIf(host === null)('images', () => {
  let place = '';
  let images: WorkerImages;
  const home = () => join(place, 'home');

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'easel_test_images_'));
    images = await WorkerImages.open(host ?? '', inject('imagesName'));
    await images.build(home());
  }, 8 * MINUTES);

  afterAll(() => rmSync(place, { recursive: true, force: true }));

  /** The image's own test, in a container; the products are below the place then. */
  async function runOwnTest(name: string) {
    const output = mkdtempSync(join(place, 'output-'));
    const config = `/opt/easel-tasks/${name}/test/config.json`;
    const ran = await images.run(name, ['run-task', config, '--json', '--output', '/data/output'], {
      output,
    });
    expect(ran.code, ran.stderr).toBe(0);
    const { succeeded, products, metadata } = outcomeSchema.parse(JSON.parse(ran.stdout));
    expect({ succeeded, products: products.map(({ passed }) => passed) }).toEqual({
      succeeded: true,
      products: [true],
    });
    return { metadata, read: (file: string) => readFileSync(join(output, file)) };
  }

  const sample = (name: string) => readRows(gunzipSync(readFileSync(`worker/images/${name}`)).toString());

  test('say what they are and from which commit, and hold no more than they need', async () => {
    const limits = { base: 240e6, c: 242e6, 'light-curve': 241e6, python: 290e6 };
    for (const name of NAMES) {
      const { Config: config, Size: size } = await images.inspect(name);
      expect(config.Labels).toMatchObject({
        'org.opencontainers.image.title': `easel/${name}`,
        'org.opencontainers.image.version': easelVersion(),
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
      });
      expect(config.User).toBe('10001:10001');
      expect((config.Entrypoint as string[]).slice(0, 3)).toEqual(['tini', '--', 'node']);
      expect((config.Entrypoint as string[]).at(-1)).toBe('/opt/easel/scripts/easel.js');
      expect(config.Healthcheck?.Test).toEqual(['CMD', 'node', '/opt/easel/scripts/healthy.js']);
      expect(config.Env.filter((each) => /URL|PASSWORD|TOKEN|SECRET|PROXY/i.test(each))).toEqual([]);
      expect({ name, isSmall: size < limits[name] }).toEqual({ name, isSmall: true });
    }
  });

  test('are found in the cache when nothing has changed', async () => {
    const before = (await images.inspect('c')).Id;
    const said = await images.build(home(), ({ name }) => name !== 'python');
    expect(said.filter((line) => line.startsWith('Step')).length).toBeGreaterThan(20);
    expect((await images.inspect('c')).Id).toBe(before);
  });

  test('run as a user without a shell, who owns nothing of Easel and can do nothing', async () => {
    const script = `
      const fs = require('node:fs');
      const writable = (path) => { try { fs.accessSync(path, fs.constants.W_OK); return true; } catch { return false; } };
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      console.log(JSON.stringify({
        uid: process.getuid(), gid: process.getgid(), user: require('node:os').userInfo().username,
        capabilities: /^CapEff:\\s*(\\S+)/m.exec(status)[1], parent: fs.readFileSync('/proc/1/comm', 'utf8').trim(),
        writable: ['/opt/easel', '/opt/easel/easel.ts', '/run/easel', '/etc/passwd', '/data/input', '/data/output', '/tmp'].filter(writable),
      }));`;
    const { stdout } = await images.run('base', ['-e', script], { entryPoint: ['tini', '--', 'node'] });
    expect(JSON.parse(stdout)).toEqual({
      ...{ uid: 10_001, gid: 10_001, user: 'easel', capabilities: '0000000000000000', parent: 'tini' },
      writable: ['/tmp'], // of a read-only file system; the output area is mounted where it is used
    });
  });

  test('light-curve: the planet of the sample is found, and the sample is made again', async () => {
    const { metadata } = await runOwnTest('light-curve');
    expect(metadata.outcome).toBe('PASS');
    expect(metadata.period).toBeCloseTo(3.7, 1);
    const output = mkdtempSync(join(place, 'output-'));
    const synthesis = '/opt/easel-tasks/light-curve/test/synthesis.json';
    const { code } = await images.run('light-curve', ['run-task', synthesis, '--output', '/data/output'], {
      output,
    });
    expect(code).toBe(0);
    const made = readRows(gunzipSync(readFileSync(join(output, 'planet.lc.gz'))).toString());
    expect(made).toEqual(sample('light-curve/test/planet.lc.gz'));
  });

  test('python: period, amplitude and power are those of the best sine', async () => {
    const { metadata, read } = await runOwnTest('python');
    const answer = z.record(z.string(), z.number()).parse(metadata);
    const { period = 0, period_uncertainty: uncertainty = 0 } = answer;
    const rows = sample('python/test/pulsating-star.lc.gz').filter(([, , flag]) => flag === 0);
    const best = sineFit(rows, 1 / period);
    expect(answer.samples).toBe(rows.length);
    expect(answer.power).toBeCloseTo(best.power, 10);
    expect(answer.amplitude).toBeCloseTo(best.amplitude, 10);
    for (const factor of [0.9999, 1.0001])
      expect(sineFit(rows, factor / period).power).toBeLessThan(best.power);
    expect(Math.abs(period - 3.1234)).toBeLessThan(4 * uncertainty);
    expect(uncertainty).toBeLessThan(0.01);
    expect(answer.time_of_maximum).toBeCloseTo(0.731, 1);
    expect(answer.false_alarm_probability).toBeLessThan(1e-50);
    const [titles, ...lines] = gunzipSync(read('periodogram.csv.gz')).toString().trim().split('\n');
    expect(titles).toBe('frequency[1/d],power');
    expect(lines.length).toBeGreaterThan(700);
    for (const line of lines.filter((_line, at) => at % 97 === 0)) {
      const [frequency = 0, power = 0] = line.split(',').map(Number);
      expect(power).toBeCloseTo(sineFit(rows, frequency).power, 8);
    }
  });

  test('c: the noise is that of the definition, computed the long way', async () => {
    const { metadata, read } = await runOwnTest('c');
    const rows = sample('c/test/quiet-star.lc.gz').filter(([, , flag]) => flag === 0);
    const noise = estimateNoise(rows, 2);
    expect(metadata).toEqual({
      noise_ppm: expect.closeTo(noise.over(6.5 / 24).ppm, 6),
      point_to_point_ppm: expect.closeTo(noise.pointToPoint, 6),
      ...{ cadence: 1800, samples: rows.length },
    });
    expect(noise.pointToPoint).toBeGreaterThan(190);
    expect(noise.pointToPoint).toBeLessThan(210);
    const [titles, ...lines] = read('noise.csv').toString().trim().split('\n');
    expect(titles).toBe('duration[h],noise[ppm],bins');
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual([0.5, 1, 2, 4, 8]);
    for (const line of lines) {
      const [hours = 0, ppm = 0, bins] = line.split(',').map(Number);
      const expected = noise.over(hours / 24);
      expect({ hours, bins }).toEqual({ hours, bins: expected.bins });
      expect(ppm).toBeCloseTo(expected.ppm, 5);
    }
  });

  test.each([
    ['python', 'periodogram_gls', { periodogram: 'p.csv' }, /at least 5 are needed/],
    ['c', 'noise_estimate', { noise: 'n.csv' }, /at least 50 are needed/],
  ])('%s: a light curve that is too short is refused, saying so', async (name, task, outputs, says) => {
    const output = mkdtempSync(join(place, 'output-'));
    writeFileSync(join(output, 'short.lc'), '0 1 0 0\n1800 1.001 0 0\n');
    writeFileSync(
      join(output, 'config.json'),
      JSON.stringify({ task, inputs: { lightcurve: 'short.lc' }, outputs }),
    );
    const { code, stdout } = await images.run(
      name,
      ['run-task', '/data/output/config.json', '--output', '/tmp'],
      { output },
    );
    expect({ code, says: says.test(stdout), stdout }).toEqual({ code: 1, says: true, stdout });
  });

  test('a daemon is healthy while it runs, and ends well when it is asked to', async () => {
    const environment = ['EASEL_DATABASE_URL=sqlite:/tmp/easel.db'];
    const container = await images.start('base', ['schedule-waiting'], { environment });
    try {
      const check = async () => await images.execute(container.id, ['node', '/opt/easel/scripts/healthy.js']);
      await until(async () => (await check()).code === 0, { timeoutMs: MINUTES, message: 'a sign of life' });
      await images.execute(container.id, ['touch', '-d', '2 minutes ago', '/tmp/easel-alive']);
      expect(await check()).toEqual({ code: 1, says: expect.stringMatching(/^no sign of life for 12\d s$/) });
      await container.stop({ t: 30 });
      expect((await container.inspect()).State).toMatchObject({
        Status: 'exited',
        ExitCode: 0,
        OOMKilled: false,
      });
    } finally {
      await container.remove({ force: true });
    }
  });

  test('a build that fails says why, and where', async () => {
    const folder = join(home(), 'images', 'broken');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'Dockerfile'),
      'ARG EASEL_BASE\nFROM $EASEL_BASE\nRUN echo "no such library: libfit" >&2; exit 7\n',
    );
    writeFileSync(
      join(folder, 'task-types.yaml'),
      'fit: {description: Fits, command: [fit], worker_class: broken}\n',
    );
    const building = images.build(home(), ({ name }) => name === 'broken');
    await expect(building).rejects.toThrow(
      /the image broken could not be built: .*code: 7\nthe builder said last, of .*images\/broken\/Dockerfile:\n(.*\n)*.*no such library: libfit/,
    );
  });
});

describe.skipIf(host === null)('easel images', () => {
  let home = '';
  const easel = (...args: string[]) =>
    runEasel(['images', ...args], { EASEL_HOME: home, DOCKER_HOST: host ?? '' });

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'easel_test_images_'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('lists what there is, built or not', async () => {
    const listed = await easel('list', '--json');
    expect(listed.code, listed.stderr).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject(
      [
        ['base', 'default'],
        ['c', 'c'],
        ['light-curve', 'light-curve'],
        ['python', 'python'],
      ].map(([name, workerClass]) => ({
        ...{ name, worker_classes: [workerClass], tag: `easel/${name}:${easelVersion()}` },
      })),
    );
    expect((await easel()).stdout).toMatch(
      /^IMAGE +CLASSES +TAG +BUILT +SIZE +COMMIT\nbase +default +easel\/base:/,
    );
  });

  test('says what is wrong: a name, a base that is not there, no engine', async () => {
    const wrong = await easel('build', 'pyhton');
    expect(wrong).toMatchObject({
      code: 1,
      stderr: 'easel: there is no image pyhton: there are base, c, light-curve, python\n',
    });
    const missing = await easel('build', 'base', '--base', 'easel-test/nothing-here:1');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(
      /the image base could not be built: .*\neasel-test\/nothing-here:1 is not here and could not be fetched.*make-base-image\.sh/,
    );
    const away = await runEasel(['images'], { EASEL_HOME: home, DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(away.code).toBe(1);
    expect(away.stderr).toContain('no Docker engine answers at unix:///nowhere/docker.sock');
  });
});

function readRows(text: string): number[][] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(/\s+/).map(Number));
}
