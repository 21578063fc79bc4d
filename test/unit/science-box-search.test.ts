import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FoldedBoxes, type Series } from '../../worker/search/folded-boxes.ts';
import { periodGrid, periodStep } from '../../worker/search/period-grid.ts';
import { boxPower } from '../../worker/search/refine-box.ts';
import type { Metadata, TaskContext } from '../../worker/task-module.ts';
import { run as ingest } from '../../worker/types/ingest-external-lcs.ts';
import { run as synthesise } from '../../worker/types/synthesis-batman.ts';
import { qualityControl, run as search } from '../../worker/types/transit-search-bls-reference.ts';
import { inputFile, makeContext, makeDirectory, seededRandom } from './science-context.ts';

const directory = makeDirectory();

interface Planet {
  readonly radius: number;
  readonly period: number;
  readonly noise?: number;
  readonly seed?: number;
}

/** A planet of a star like the Sun, seen for 40 days every twenty minutes, searched. */
async function findPlanet(
  { radius, period, noise = 0.00063, seed = 1 }: Planet,
  parts: Partial<TaskContext> = {},
) {
  const path = join(directory, `planet_${radius}_${period}.lc.gz`);
  const specs = {
    duration: 40,
    sampling_cadence: 1200,
    t0: 0.3 * period,
    planet_radius: radius,
    orbital_period: period,
    semi_major_axis: (period / 365.25) ** (2 / 3),
    noise,
  };
  const random = seededRandom(seed);
  const made = await synthesise(makeContext({ random, settings: { specs }, outputs: { lightcurve: path } }));
  return await search(makeContext({ inputs: { lightcurve: [inputFile(path, made)] }, ...parts }));
}

function errorOf(found: Metadata, period: number): number {
  return Math.abs(Number(found.period) / period - 1);
}

function foldedBoxes(series: Series, durations: Float64Array): FoldedBoxes {
  return new FoldedBoxes(series, { durations, resolution: 16, objective: 'likelihood', minWeight: 0 });
}

describe('box least squares', () => {
  test.each([
    [0.3, 0.9],
    [0.3, 3.7],
    [0.3, 8.3],
    [0.3, 14.1],
    [0.3, 19.2],
    [0.1, 2.2],
    [0.1, 5.1],
  ])('finds a planet of %d Jupiter radii every %d days to 0.2 per cent', async (radius, period) => {
    const found = await findPlanet({ radius, period });
    expect(found).toMatchObject({ outcome: 'PASS', target_period: period });
    expect(errorOf(found, period)).toBeLessThan(2e-3);
  });

  test('finds the period itself, not a multiple, where there is no noise', async () => {
    for (const period of [1.3, 6.28, 19.5]) {
      expect(errorOf(await findPlanet({ radius: 1, period, noise: 0 }), period)).toBeLessThan(1e-3);
    }
  });

  test('says FAIL where the planet is lost in the noise', async () => {
    const found = await findPlanet({ radius: 0.03, period: 8.3 });
    expect(found).toMatchObject({ outcome: 'FAIL', target_period: 8.3 });
    expect(Number(found.power)).toBeLessThan(30);
  });

  test('searches only the days and periods that are asked for', async () => {
    const settings = { lc_duration: 20, search_settings: { period_min: 4, period_max: 9 } };
    const found = await findPlanet({ radius: 0.3, period: 14.1 }, { settings });
    expect(Number(found.period)).toBeGreaterThanOrEqual(4);
    expect(Number(found.period)).toBeLessThanOrEqual(9);
    expect(found.outcome).toBe('FAIL');
  });

  test('writes the spectrum and reports its progress', async () => {
    const debugging = join(directory, 'spectrum.tar.gz');
    const shares: number[] = [];
    const outputs = { debugging };
    const progress = (share: number): number => shares.push(share);
    const found = await findPlanet({ radius: 0.3, period: 3.7 }, { outputs, progress });
    execFileSync('tar', ['-xzf', debugging, '-C', directory]);
    const text = readFileSync(join(directory, 'spectrum.csv'), 'utf8');
    const [title, ...rows] = text.trim().split('\n');
    expect(title).toBe('period[d],power');
    const points = rows.map((row) => row.split(',').map(Number));
    const [period = 0] = points.reduce((best, row) => ((row[1] ?? 0) > (best[1] ?? 0) ? row : best));
    expect(errorOf(found, period)).toBeLessThan(1e-3);
    expect(points[0]?.[0]).toBe(0.5);
    expect(shares.length).toBeGreaterThan(10);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    const context = makeContext({ outputs });
    expect(qualityControl(context, found)).toEqual({ debugging: { passed: true } });
    expect(qualityControl(context, { period: 0.1 })).toMatchObject({ debugging: { passed: false } });
    expect(qualityControl(context, {})).toMatchObject({ debugging: { passed: false } });
  });

  test('stops when it is asked to', async () => {
    const controller = new AbortController();
    const progress = (share: number): void => {
      if (share > 0.1) controller.abort();
    };
    const stopped = findPlanet({ radius: 0.3, period: 3.7 }, { progress, signal: controller.signal });
    await expect(stopped).rejects.toThrow('abort');
  });
});

describe('the power of a box', () => {
  const random = seededRandom(5);
  const time = Float64Array.from({ length: 2000 }, (_, index) => index * 0.01 + 0.002 * random());
  const raw = time.map((each) => (each % 2.5 < 0.1 ? -1 : 0) + random());
  const weight = raw.map(() => 1 + random());
  const totalWeight = weight.reduce((sum, each) => sum + each, 0);
  const mean = raw.reduce((sum, each, index) => sum + each * (weight[index] ?? 0), 0) / totalWeight;
  const series: Series = { time, flux: raw.map((each) => each - mean), weight, totalWeight };

  test('is half the weight inside times the squared depth', () => {
    const sums = { in: 0, out: 0, weightIn: 0, weightOut: 0 };
    for (const [index, each] of time.entries()) {
      const side = each % 2.5 < 0.1 ? 'in' : 'out';
      sums[side] += (raw[index] ?? 0) * (weight[index] ?? 0);
      sums[side === 'in' ? 'weightIn' : 'weightOut'] += weight[index] ?? 0;
    }
    const depth = sums.out / sums.weightOut - sums.in / sums.weightIn;
    const box = { period: 2.5, duration: 0.1, transitTime: 0.05 };
    expect(boxPower(series, box, 'likelihood')).toBeCloseTo(0.5 * sums.weightIn * depth ** 2, 8);
  });

  test('found in phase bins is that of the box found, but for samples at its edges', () => {
    const box = foldedBoxes(series, Float64Array.of(0.1, 0.14)).fit(2.5);
    expect(box.duration).toBeCloseTo(0.1, 2);
    expect(box.transitTime).toBeCloseTo(0.05, 1);
    expect(Math.abs(boxPower(series, box, 'likelihood') / box.power - 1)).toBeLessThan(0.1);
  });

  test('of a box that holds nearly everything is nothing', () => {
    const nights = Float64Array.from(
      { length: 1000 },
      (_, index) => Math.floor(index / 50) + (index % 50) * 0.003,
    );
    nights[999] = 19.5; // one bright sample apart from the others
    const flux = nights.map((_, index) => (index === 999 ? 5 : Math.sin(index * index)));
    const average = flux.reduce((sum, each) => sum + each, 0) / 1000;
    const ones = flux.map(() => 1);
    const clustered = {
      time: nights,
      flux: flux.map((each) => each - average),
      weight: ones,
      totalWeight: 1000,
    };
    expect(foldedBoxes(clustered, Float64Array.of(0.1, 0.2)).fit(1).power).toBeLessThan(30);
    expect(boxPower(clustered, { period: 1, duration: 0.2, transitTime: 0.07 }, 'likelihood')).toBe(0);
  });

  test('of a rise is nothing', () => {
    const rise = { ...series, flux: series.flux.map((each) => -each) };
    expect(boxPower(rise, { period: 2.5, duration: 0.1, transitTime: 0.05 }, 'likelihood')).toBe(0);
    const durations = Float64Array.of(0.1, 0.14);
    const dip = foldedBoxes(series, durations).fit(2.5);
    expect(foldedBoxes(rise, durations).fit(2.5).power).toBeLessThan(dip.power / 5);
  });
});

test('a transit drifts by less than its duration between neighbouring periods of the grid', () => {
  const range = { min: 0.5, max: 40, baseline: 80, shortestDuration: 0.04 };
  const grid = periodGrid(range);
  expect(grid[0]).toBe(0.5);
  expect(grid.at(-1)).toBe(40);
  for (let index = 1; index < grid.length; index++) {
    const [before = 0, after = 0] = grid.slice(index - 1, index + 1);
    expect(after / before - 1).toBeLessThan(periodStep(range) * (1 + 1e-3));
    expect((after - before) * (80 / after)).toBeLessThan(0.5 * 0.04);
  }
});

const REAL_CURVE = resolve('../shared/data/k2-3_detrended.csv');

describe.skipIf(!existsSync(REAL_CURVE))(
  'the K2 light curve of K2-3 (../shared/data/k2-3_detrended.csv)',
  () => {
    test('gives planet b, 10.054 days, to 0.1 %', async () => {
      const path = join(directory, 'k2-3_detrended.lc.gz');
      const settings = { lc_type: 'csv', input_path: 'k2-3_*.csv' };
      const inputArea = resolve('../shared/data');
      const outputs = { 'k2-3_detrended.lc.gz': path };
      const ingested = await ingest(makeContext({ settings, inputArea, outputs }));
      expect(ingested).toMatchObject({ lightcurve_count: 1, time_origin: 1977.26244947 });
      const found = await search(makeContext({ inputs: { lightcurve: [inputFile(path)] } }));
      expect(errorOf(found, 10.054)).toBeLessThan(1e-3);
      expect(found).toMatchObject({ outcome: 'UNDEFINED', target_period: null });
    });
  },
);
