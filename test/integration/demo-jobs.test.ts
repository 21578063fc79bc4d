/** The jobs in demo_jobs/, run as their readers run them: each must end as its page says, and show what it is there to show. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runEasel } from '../support/easel.ts';
import { readHome, type Span } from '../support/home.ts';
import type { JobView } from '../support/job-view.ts';

const demoJobs = resolve('demo_jobs');
const files = globSync('*.{json,yaml}', { cwd: demoJobs }).sort();

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'easel_test_demo_'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

const easel = (...args: string[]) => runEasel(args, { EASEL_HOME: home });

/** Runs a demo job to its end, as `easel run` does it. */
async function run(file: string, ...more: string[]) {
  const ended = await easel('run', join(demoJobs, file), ...more);
  return { ended, ...(await readHome(home)) };
}

const addresses = ({ products }: JobView) => [...products.keys()];
const content = (address: string) => readFile(join(home, 'output', address), 'utf8');
const publishedBy = (job: JobView, name: string) => job.named(name).map(({ output }) => ({ ...output }));

test('every demo job is listed in the README of its folder, and points to the schema', async () => {
  const readme = await readFile(join(demoJobs, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| `([^`]+)`/gm)].map(([, file]) => file);
  expect(listed.sort()).toEqual(files);
  for (const file of files) {
    expect(await readFile(join(demoJobs, file), 'utf8')).toMatch(
      /\$schema"?: "?\.\.\/schema\/job-file\.schema\.json/,
    );
  }
});

test('every demo job is valid, without a warning', async () => {
  const { code, stdout, stderr } = await easel('validate', ...files.map((file) => join(demoJobs, file)));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n').length).toBe(files.length);
  expect(stdout).not.toMatch(/warning/i);
});

test.each(files)('the plan of %s names every type of work in it', async (file) => {
  const { code, stdout, stderr } = await easel('plan', join(demoJobs, file));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const types = [...(await readFile(join(demoJobs, file), 'utf8')).matchAll(/"?task"?: "?([a-z_]+)/g)];
  for (const [, type] of types) expect(stdout).toMatch(new RegExp(`^${type}: \\d`, 'm'));
});

test('hello: two tasks, one after the other', async () => {
  const { ended, job } = await run('hello.json');
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded: 2 tasks done') });
  expect(job.states()).toEqual({ first: 'done', second: 'done' });
  expect(await content('hello/world.txt')).toMatch(/\S/);
});

test('parallel: as many tasks as the parameter says, several at a time', async () => {
  const { ended, job, attempts } = await run('parallel.json', '--set', 'count=5', '--slots', '5');
  expect(ended.code).toBe(0);
  expect(job.states()).toEqual({ pause: 'done done done done done' });
  const spans = [...attempts.values()];
  const atOnce = (instant: number) => spans.filter(({ from, to }) => from <= instant && instant < to).length;
  expect(Math.max(...spans.map(({ from }) => atOnce(from)))).toBeGreaterThan(1);
});

test('chain: every task begins when what it reads is there, whatever the order of the list', async () => {
  const { ended, job, attempts } = await run('chain.json');
  expect(ended.code).toBe(0);
  const span = (name: string): Span => attempts.get(job.task(name).id) ?? expect.fail(`${name} did not run`);
  for (const [before, after] of [
    'observe clean',
    'clean plot',
    'clean tabulate',
    'plot publish',
    'tabulate publish',
  ].map((pair) => pair.split(' '))) {
    expect(span(after ?? '').from, `${after} after ${before}`).toBeGreaterThanOrEqual(span(before ?? '').to);
  }
  expect(addresses(job)).toContain('chain/paper.txt');
});

test('sweep: a product for every combination of values, its name made of them', async () => {
  const { ended, job } = await run('sweep.json');
  expect(ended.code).toBe(0);
  const expected = ['dwarf', 'giant'].flatMap((star) =>
    ['1e-03', '1e-04', '1e-05'].flatMap((noise) =>
      [0, 1, 2].map((index) => `sweep/${star}_${noise}_0${index}.txt`),
    ),
  );
  expect(addresses(job)).toEqual(expected);
  const tasks = job.named('simulate');
  expect(tasks.slice(0, 3).map(({ metadata }) => metadata.radius)).toEqual([0.5, 1, 1.5]);
  expect(tasks[1]?.output.depth).toBeCloseTo(0.01, 12);
});

test('decision: each night takes the branch that its own measurement asks for', async () => {
  const { ended, job } = await run('decision.json');
  expect(ended.code).toBe(0);
  expect(addresses(job)).toEqual(['decision/clear_image.txt', 'decision/cloudy_flat.txt']);
  expect(job.named('observe').map(({ metadata }) => metadata.night)).toEqual(['clear']);
  expect(job.named('calibrate').map(({ metadata }) => metadata.night)).toEqual(['cloudy']);
});

test('repeat: rounds counted from 1, until the error is small enough', async () => {
  const { ended, job } = await run('repeat.json');
  expect(ended.code).toBe(0);
  expect(publishedBy(job, 'step')).toEqual([
    { error: 0.5 },
    { error: 0.25 },
    { error: 0.125 },
    { error: 0.0625 },
  ]);
  const models = [1, 2, 3, 4].map((round) => `repeat/model_${round}.txt`);
  expect(addresses(job)).toEqual([...models, 'repeat/report.txt']);
});

test('gather: a list in the order it is written, a pattern in the order of names', async () => {
  const { ended } = await run('gather.json');
  expect(ended.code).toBe(0);
  expect(await content('gather/two.txt')).toBe('work\nhands\n');
  expect(await content('gather/all.txt')).toBe('many\nhands\nlight\nwork\n');
});

test('command-shell: settings reach the program as data, its lines are the log, its metadata is published', async () => {
  const name = "Ada 'the first'; rm -rf $HOME";
  const { ended, job } = await run('command-shell.yaml', '--set', `name=${name}`);
  expect(ended.code).toBe(0);
  expect(await content('command-shell/copy.txt')).toBe(`hello, ${name}\n`);
  expect(publishedBy(job, 'greet')).toEqual([{ letters: 5n }]);
  const logs = await easel('logs', String(job.task('greet').id));
  expect(logs.stdout).toContain('greeting somebody');
});

test('command-python: squares where there is Python, an error that names it where there is none', async () => {
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  const { ended, job } = await run('command-python.yaml');
  if (hasPython) {
    expect(ended.code).toBe(0);
    expect(JSON.parse(await content('command-python/squares.json'))).toEqual([1, 4, 9, 16]);
    expect(publishedBy(job, 'note')).toEqual([{ doubled: 60n }]);
  } else {
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining("cannot start 'python3'") });
  }
});

test('failing: what needs the failed task is blocked, the rest is done, the exit status is 1', async () => {
  const { ended, job } = await run('failing.json');
  expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('the telescope is closed') });
  expect(job.state).toBe('failed');
  expect(job.states()).toEqual({
    broken: 'failed',
    reduce: 'blocked',
    publish: 'blocked',
    unconcerned: 'done',
  });
  expect(addresses(job)).toEqual(['failing/log.txt']);
});

test.each([['run'], ['submit', '--tasks']])(
  '%s says what is odd in a file that it takes',
  async (...command) => {
    const file = join(home, 'odd.json');
    const specs = { duration: 1, noize: 1 };
    const task = { task: 'synthesis_batman', specs, outputs: { lightcurve: 'odd.lc.gz' } };
    await writeFile(file, JSON.stringify({ task_list: [task] }));
    const { code, stderr } = await easel(...command, file);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: .*odd\.json:1:\d+: \$\.task_list\[0\]\.specs\.noize: /m);
  },
);

/** Of the searches of a job: the value of a loop variable and whether the planet that was put in was found. */
const verdicts = (job: JobView, key: string) =>
  job
    .named('search')
    .map(({ metadata, output }) => ({ at: metadata[key], found: output.outcome === 'PASS', output }));

test('detection-limit: the largest planet is found by all methods, the smallest by none', async () => {
  const { ended, job } = await run('detection-limit.json', '--set', 'count=2');
  expect(ended.code).toBe(0);
  expect(job.named('search').map(({ metadata }) => metadata.method)).toEqual(
    [0, 1].flatMap(() => ['bls_reference', 'tls', 'qats']),
  );
  const found = verdicts(job, 'planet_radius').map((each) => each.found);
  expect(found).toEqual([false, false, false, true, true, true]);
}, 120_000);

test('radius-period-grid: large planets are found and small ones are not, at every period', async () => {
  const { ended, job } = await run('radius-period-grid.json');
  expect(ended.code).toBe(0);
  const searches = verdicts(job, 'planet_radius_index');
  expect(searches).toHaveLength(36);
  const passes = (row: bigint) => searches.filter(({ at, found }) => at === row && found).length;
  expect([passes(0n), passes(5n)]).toEqual([0, 6]);
  const csv = await easel(
    'results',
    '1',
    '--task',
    'search',
    '--columns',
    'orbital_period,outcome',
    '--format',
    'csv',
  );
  expect(csv.stdout.trim().split('\n')).toHaveLength(37);
  const axes = ['--x', 'orbital_period', '--y', 'planet_radius', '--value', 'outcome'];
  const picture = join(home, 'grid.svg');
  expect((await easel('plot', '--job', '1', '--task', 'search', ...axes, '-o', picture)).code).toBe(0);
  expect(await readFile(picture, 'utf8')).toContain('36 results in 36 cells');
}, 60_000);

test('injection: the transits are found before both stars, less clearly before the giant', async () => {
  const { ended, job } = await run('injection.json');
  expect(ended.code).toBe(0);
  const [dwarf, giant] = verdicts(job, 'mode');
  expect([dwarf, giant]).toMatchObject([
    { at: 'main_sequence', found: true, output: { target_period: 7.7 } },
    { at: 'red_giant', found: true, output: { target_period: 7.7 } },
  ]);
  expect(Number(giant?.output.sde)).toBeLessThan(Number(dwarf?.output.sde));
}, 120_000);

test('iterative-search: both planets are found, each once, and nothing after them', async () => {
  const { ended, job } = await run('iterative-search.json');
  expect(ended.code).toBe(0);
  const rounds = publishedBy(job, 'search');
  const planets = rounds.slice(0, -1).map(({ period }) => Number(period));
  expect(planets.sort((a, b) => a - b).map((period) => period.toFixed(1))).toEqual(['6.3', '14.9']);
  expect(Number(rounds.at(-1)?.sde)).toBeLessThan(9);
}, 120_000);

/** In the empty home, without any settings of the person who runs the tests. */
function startDemo(): ChildProcessByStdio<null, Readable, Readable> {
  const { PATH, HOME } = process.env;
  const options = { cwd: home, env: { PATH, HOME } };
  return spawn(process.execPath, [resolve('scripts/demo.ts')], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function expectNobodyLeft(): Promise<void> {
  const { pids } = await readHome(join(home, 'data'));
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

test('npm run demo: can be interrupted and run again; finds every strong signal and follows each detection', async () => {
  const interrupted = startDemo();
  const interruptedEnd = once(interrupted, 'close');
  for await (const line of createInterface({ input: interrupted.stdout })) if (/^job \d+: /.test(line)) break;
  interrupted.kill('SIGINT');
  expect(await interruptedEnd).toEqual([130, null]);
  await expectNobodyLeft();

  const demo = startDemo();
  const end = once(demo, 'close');
  const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  expect({ end: await end, stderr }).toEqual({ end: [0, null], stderr: '' });
  await expectNobodyLeft();
  expect(stdout).toContain('Found: 6 of 6 strong signals');
  expect(stdout.match(/^ *0\.\d+ .* PASS .* searched again: \d/gm)?.length).toBeGreaterThanOrEqual(6);
  expect(stdout).toContain(`in ${join('data', 'output', 'planet-search')}`);
  const { job } = await readHome(join(home, 'data'));
  expect(job.state).toBe('succeeded');
  const passed = job.named('search').filter(({ output }) => output.outcome === 'PASS');
  expect(job.named('confirm').length).toBe(passed.length);
  expect(job.named('note').length).toBe(9 - passed.length);
}, 180_000);
