/** Pictures and tables of what a real job has made, as people ask for them on the command line. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { findProduct, type ReadBy, readersOf } from '../../core/store/product-views.ts';
import { runEasel } from '../support/easel.ts';

const job = {
  job_name: 'plots',
  working_directory: 'plots',
  task_list: [
    {
      task: 'execution_for_loop',
      parameter: 'planet_radius',
      values: [0.03, 0.5],
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'orbital_period',
          values: [1.7, 2.9],
          task_list: [
            {
              task: 'synthesis_batman',
              name: 'observe',
              specs: {
                ...{ duration: 20, sampling_cadence: 1200, noise: 0.001, t0: 0.7 },
                planet_radius: "(metadata['planet_radius'])",
                orbital_period: "(metadata['orbital_period'])",
                semi_major_axis: 0.04,
              },
              outputs: {
                lightcurve: "'star_{planet_radius_index}{orbital_period_index}.lc.gz'.format(**metadata)",
              },
            },
            {
              task: 'transit_search_bls_reference',
              name: 'search',
              // Small planets are looked for where they are not: what noise looks like is left to no chance.
              search_settings: { period_min: "(5.0 if metadata['planet_radius'] < 0.1 else 0.5)" },
              inputs: {
                lightcurve: "'star_{planet_radius_index}{orbital_period_index}.lc.gz'.format(**metadata)",
              },
              outputs: {
                debugging: "'seen_{planet_radius_index}{orbital_period_index}.tar.gz'.format(**metadata)",
              },
            },
          ],
        },
      ],
    },
    { task: 'null', name: 'note', duration: 0, outputs: { note: 'note.txt' } },
  ],
};

let home: string;

const easel = (...args: string[]) => runEasel(args, { EASEL_HOME: home });
const at = (name: string) => join(home, name);
const svgOf = (name: string) => readFile(at(name), 'utf8');

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'easel_test_plots_'));
  await writeFile(at('job.json'), JSON.stringify(job));
  const { code, stdout, stderr } = await easel('run', at('job.json'));
  expect({ code, stderr: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, stderr: '' });
}, 120_000);

afterAll(() => rm(home, { recursive: true, force: true }));

async function productAt(address: string): Promise<{ version: number; readers: readonly ReadBy[] }> {
  const database = await openDatabase(`sqlite:${at('easel.db')}`);
  try {
    const reader = reading(database);
    const product = (await findProduct(reader, address)) ?? expect.fail(`no product ${address}`);
    return { version: product.version_id, readers: await readersOf(reader, product) };
  } finally {
    await database.close();
  }
}

/** Share of the pixels of a PNG that are not of its commonest colour, and its size. */
async function inspectPng(name: string): Promise<{ width: number; height: number; drawn: number }> {
  const bytes = await readFile(at(name));
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const image = `<image width="${width}" height="${height}" href="data:image/png;base64,${bytes.toString('base64')}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${image}</svg>`;
  const { pixels } = new Resvg(svg).render();
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < pixels.length; pixel += 4) {
    const colour = pixels.readUInt32BE(pixel);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return { width, height, drawn: 1 - Math.max(...counts.values()) / (width * height) };
}

describe('easel plot', () => {
  test('a light curve, by its address, by a path below the output area, and by its version: the same picture', async () => {
    const drawn = await easel('plot', 'plots/star_10.lc.gz', '-o', at('curve.svg'));
    expect(drawn).toEqual({ code: 0, stdout: '', stderr: `wrote ${at('curve.svg')}\n` });
    const byPath = await easel('plot', at('output/plots/star_10.lc.gz'));
    const svg = await svgOf('curve.svg');
    expect(byPath.stdout).toBe(svg);
    expect((await easel('plot', String((await productAt('plots/star_10.lc.gz')).version))).stdout).toBe(svg);
    expect(svg).toContain('<title>plots/star_10.lc.gz</title>');
    expect(svg).toContain('1,440 samples over 19.986 d');
  });

  test('as PNG: of the size asked for, with something on it', async () => {
    await easel(
      'plot',
      'plots/star_10.lc.gz',
      '-o',
      at('curve.png'),
      '--width',
      '500',
      '--height',
      '300',
      '--scale',
      '1',
    );
    const { drawn, ...size } = await inspectPng('curve.png');
    expect(size).toEqual({ width: 500, height: 300 });
    expect(drawn).toBeGreaterThan(0.02);
    expect(drawn).toBeLessThan(0.5);
  });

  test('folded: the period that the curve was made with, or the one given', async () => {
    const made = await easel('plot', 'plots/star_10.lc.gz', '--kind', 'folded', '-o', at('folded.svg'));
    expect(made.stderr).toContain('period 1.7 d: `orbital_period` of its metadata');
    expect(made.stderr).toContain('mid-transit 0.7 d');
    expect(await svgOf('folded.svg')).toContain('period 1.7 d, mid-transit at 0.7 d');
    await copyFile(at('output/plots/star_10.lc.gz'), at('alone.lc.gz'));
    const alone = await easel('plot', './alone.lc.gz', '--kind', 'folded');
    expect(alone).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no file ./alone.lc.gz'),
    });
    const unknown = await easel('plot', at('alone.lc.gz'), '--kind', 'folded');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no period is known') });
    const given = await easel('plot', at('alone.lc.gz'), '--period', '1.7');
    const [, middle] = /mid-transit ([\d.]+) d: where the folded curve is lowest/.exec(given.stderr) ?? [];
    expect(Math.abs(Number(middle) - 0.7)).toBeLessThan(0.05);
  });

  test('the search that read a curve is known with the period that it found', async () => {
    const { readers } = await productAt('plots/star_11.lc.gz');
    expect(readers.map(({ type }) => type)).toEqual(['transit_search_bls_reference']);
    expect(Number(readers[0]?.metadata.period)).toBeCloseTo(2.9, 1);
  });

  test('a spectrum, with the best period and the one to be found', async () => {
    await easel('plot', 'plots/seen_11.tar.gz', '-o', at('seen.svg'));
    expect(await svgOf('seen.svg')).toMatch(/best 2\.(89|90)\d* d, to be found 2\.9 d/);
    const asCurve = await easel('plot', 'plots/seen_11.tar.gz', '--kind', 'folded');
    expect(asCurve).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds tables, no light curve'),
    });
  });

  test('results: a map of verdicts, a map of numbers, points', async () => {
    const axes = ['--job', '1', '--x', 'orbital_period', '--y', 'planet_radius'];
    const outcome = await easel('plot', ...axes, '--value', 'outcome', '-o', at('outcome.svg'));
    expect(outcome.stderr).toBe(`wrote ${at('outcome.svg')}\n`);
    const svg = await svgOf('outcome.svg');
    expect(svg).toContain('PASS (2)');
    expect(svg).toContain('FAIL (2)');
    expect(svg).toContain('Planet radius (Jupiter radii)');
    await easel('plot', ...axes, '--value', 'mes', '-o', at('mes.png'));
    const { width, height, drawn } = await inspectPng('mes.png');
    expect([width, height]).toEqual([1920, 960]);
    expect(drawn).toBeGreaterThan(0.5);
    await easel('plot', '--job', '1', '--x', 'mes', '--y', 'orbital_period', '-o', at('points.svg'));
    expect((await svgOf('points.svg')).match(/<circle/g)?.length).toBe(4);
  });

  test.each([
    [['star_10.lc.gz'], 1, 'did you mean "plots/star_10.lc.gz"?'],
    [['plots/star_10.lc.g'], 1, 'did you mean "plots/star_1'],
    [['plots/star_10.lc.gz', '--job', '77'], 1, 'job 77 has no product "plots/star_10.lc.gz"'],
    [['plots/note.txt'], 1, 'plots/note.txt, line 1: column 1 is no number'],
    [['plots/star_10.lc.gz', '-o', 'x.pdf'], 2, 'x.pdf ends in .pdf: pictures end in .svg or .png'],
    [['plots/star_10.lc.gz', '-o', '/nowhere/x.svg'], 2, 'cannot write /nowhere/x.svg'],
    [['plots/star_10.lc.gz', '--kind', 'spectrum'], 2, 'no tar.gz with a spectrum.csv'],
    [['plots/star_10.lc.gz', '--kind', 'curve', '--period', '2'], 2, 'are for --kind folded, not curve'],
    [['plots/star_10.lc.gz', '--width', '1e9'], 2, 'expected a whole number from 240 to 8000'],
    [[], 2, 'name a product, or a job with two keys'],
    [['--job', '1', '--x', 'orbital_perod', '--y', 'mes'], 1, 'did you mean orbital_period?'],
    [['--job', '77', '--x', 'a', '--y', 'b'], 1, 'there is no job 77'],
  ])('plot %j: says what is wrong', async (args, code, message) => {
    const ended = await easel('plot', ...args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toContain('unexpected');
  });
});

describe('easel results', () => {
  test('a table for each kind of task, its columns loop variables first', async () => {
    const { code, stdout } = await easel('results', '1');
    expect(code).toBe(0);
    expect(stdout).toContain('observe (synthesis_batman)\n');
    const [title, head = '', ...rows] = stdout.slice(stdout.indexOf('search (')).trim().split('\n');
    expect(title).toBe('search (transit_search_bls_reference)');
    expect(head.trim().split(/ +/)).toEqual([
      ...['TASK', 'planet_radius', 'orbital_period', 'period', 'power', 'outcome', 'target_period'],
    ]);
    expect(rows.length).toBe(4);
    expect(rows[0]?.trim().split(/ +/).slice(1, 3)).toEqual(['0.03', '1.7']);
    const few = await easel('results', '1', '--task', 'observe', '--limit', '1', '--columns', 'mes');
    expect(few.stdout).toContain('... and 3 more (--limit 4, or --format csv for all)');
  });

  test('CSV and JSON hold every digit', async () => {
    const csv = await easel(
      'results',
      '1',
      '--columns',
      'planet_radius,orbital_period,outcome',
      '--format',
      'csv',
    );
    const lines = csv.stdout.trim().split('\n');
    expect(lines[0]).toBe('task_id,task,planet_radius,orbital_period,outcome');
    expect(lines.slice(1).map((line) => line.split(',').slice(1).join(','))).toEqual([
      ...['search,0.03,1.7,FAIL', 'search,0.03,2.9,FAIL', 'search,0.5,1.7,PASS', 'search,0.5,2.9,PASS'],
    ]);
    const json = JSON.parse((await easel('results', '1', '--format', 'json')).stdout);
    expect(json.length).toBe(8);
    expect(json[0]).toMatchObject({
      task: 'observe',
      type: 'synthesis_batman',
      values: { orbital_period: 1.7 },
    });
    const all = await easel('results', '1', '--format', 'csv');
    expect(all.stdout.split('\n')[0]).toMatch(/^task_id,task,planet_radius,orbital_period,duration,t0,/);
  });

  test('says what is not there', async () => {
    expect(await easel('results', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no job 7'),
    });
    const unknown = await easel('results', '1', '--columns', 'outcom');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean outcome?') });
    const nobody = await easel('results', '1', '--task', 'nobody');
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('no task "nobody"') });
  });
});
