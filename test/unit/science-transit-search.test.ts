/** Transit least squares as a task: planets that were put in come out; noise, pairs of stars and gaps are told apart. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { transitFluxes } from '../../worker/synthesis/transit-curve.ts';
import type { Metadata, TaskContext } from '../../worker/task-module.ts';
import { qualityControl, run as search } from '../../worker/types/transit-search-tls.ts';
import { inputFile, makeContext, makeDirectory, seededRandom } from './science-context.ts';

const directory = makeDirectory();

interface Planet {
  readonly period: number;
  /** In stellar radii. */
  readonly radius: number;
  readonly t0: number;
  /** Of every second transit, in stellar radii. */
  readonly secondRadius?: number;
}

interface Curve {
  readonly planet?: Planet;
  readonly noise: number;
  readonly seed?: number;
  /** Days at the start and the end of which there is no sample. */
  readonly gaps?: readonly (readonly [from: number, to: number])[];
  /** Samples that are wrong, and flagged. */
  readonly flagged?: (index: number) => boolean;
  readonly level?: number;
  /** How much more noise a sample has; its uncertainty is then known. */
  readonly scatter?: (index: number) => number;
  readonly days?: number;
}

const SUN_LIKE = [0.4, 0.25] as const;
/** Searches take a fraction of a second each, but not on a machine that has much else to do. */
const SLOW = { timeout: 60_000 };

/** The mean of five instants in half an hour: transits are blurred as in a real exposure. */
function modelFlux(time: number, { period, radius, t0, secondRadius }: Planet): number {
  const instants = Float64Array.from({ length: 5 }, (_, index) => time + (index - 2) * (0.02 / 5));
  const semiMajorAxis = 215.03 * (period / 365.25) ** (2 / 3);
  const orbit = {
    ...{ t0, period, semiMajorAxis, tilt: 0 },
    eccentricity: 0,
    argumentOfPeriastron: Math.PI / 2,
  };
  const isSecond = secondRadius !== undefined && Math.abs(Math.round((time - t0) / period) % 2) === 1;
  const planet = { orbit, radius: isSecond ? secondRadius : radius, limbDarkening: SUN_LIKE };
  return transitFluxes(instants, planet).reduce((sum, each) => sum + each, 0) / instants.length;
}

let curves = 0;

/** Writes a curve with a sample each half an hour, and searches it. */
async function searchCurve(
  made: Curve,
  settings: TaskContext['settings'] = {},
  parts: Partial<TaskContext> = {},
) {
  const { planet, noise, seed = 1, gaps = [], flagged = () => false, level = 1, days = 40, scatter } = made;
  const random = seededRandom(seed);
  const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const time = Float64Array.from({ length: days * 48 }, (_, index) => index / 48).filter(
    (each) => !gaps.some(([from, to]) => each >= from && each < to),
  );
  const flag = time.map((_, index) => (flagged(index) ? 4 : 0));
  const flux = time.map((each, index) =>
    flagged(index)
      ? 0.2
      : level *
        ((planet === undefined ? 1 : modelFlux(each, planet)) + (scatter?.(index) ?? 1) * noise * gaussian()),
  );
  const path = join(directory, `curve_${curves++}.lc.gz`);
  const uncertainty = time.map((_, index) => (scatter === undefined ? 0 : level * noise * scatter(index)));
  await writeLightCurve(path, { time, flux, flag, uncertainty });
  const metadata = planet === undefined ? {} : { orbital_period: planet.period };
  return await search(
    makeContext({ settings, inputs: { lightcurve: [inputFile(path, metadata)] }, cpus: 2, ...parts }),
  );
}

const range = (period_min: number, period_max: number) => ({ search_settings: { period_min, period_max } });

function expectPlanet(found: Metadata, planet: Planet, days = 40): void {
  expect(found).toMatchObject({ outcome: 'PASS', target_period: planet.period });
  const duration =
    (planet.period / Math.PI) *
    Math.asin((1 + planet.radius) / (215.03 * (planet.period / 365.25) ** (2 / 3)));
  const error = 0.1 * duration;
  expect(Math.abs(Number(found.t0) - planet.t0)).toBeLessThan(error);
  const turns = Math.floor(days / planet.period);
  expect(Math.abs(Number(found.period) - planet.period)).toBeLessThan((2 * error) / turns);
  expect(Number(found.duration) / duration).toBeGreaterThan(0.85);
  expect(Number(found.duration) / duration).toBeLessThan(1.2);
  expect(Number(found.sde)).toBeGreaterThan(9);
}

describe('a planet that was put in', SLOW, () => {
  test.each([
    [1.37, 0.02, 1e-4],
    [3.9, 0.03, 3e-4],
    [8.21, 0.05, 5e-4],
    [14.6, 0.04, 1e-4],
  ])('every %d days, of %d stellar radii, comes out', async (period, radius, noise) => {
    const planet = { period, radius, t0: 0.4 * period };
    const found = await searchCurve({ planet, noise }, range(0.7 * period, Math.min(20, 1.6 * period)));
    expectPlanet(found, planet);
    // Heller 2019 (A&A 623, A137): the loss at mid-transit by the intensity of the middle of the disc.
    const expected = radius ** 2 / (1 - 0.4 / 3 - 0.25 / 6);
    expect(Number(found.depth) / expected).toBeGreaterThan(0.85);
    expect(Number(found.depth) / expected).toBeLessThan(1.1);
    const inTransit = (Number(found.duration) * 48 * 40) / period;
    expect(Number(found.snr) / ((0.8 * expected * Math.sqrt(inTransit)) / noise)).toBeCloseTo(1, 0);
    expect(found.transit_count).toBe(1 + Math.floor((40 - 1 / 48 - planet.t0) / period));
    expect(found.distinct_transit_count).toBe(found.transit_count);
    expect(Number(found.odd_even_mismatch)).toBeLessThan(4);
    expect(found.fap).toBe(8e-5);
  });

  test('comes out of a curve with gaps, wrong samples that are flagged, and another level', async () => {
    const planet = { period: 6.7, radius: 0.04, t0: 1.5 };
    const gaps = [
      [10, 14.5],
      [21, 22.5],
      [27.5, 30],
    ] as const;
    const flagged = (index: number): boolean => index % 23 === 0 || (index > 600 && index < 640);
    const found = await searchCurve({ planet, noise: 2e-4, gaps, flagged, level: 1234.5 }, range(5, 13));
    expectPlanet(found, planet);
    // Of the middles at 1.5, 8.2, 14.9, 21.6, 28.3 and 35 the fourth and the fifth lie in gaps.
    expect(found).toMatchObject({ transit_count: 6, distinct_transit_count: 4 });
  });

  test('comes out with the weights of known uncertainties, equal or not', async () => {
    const planet = { period: 6.7, radius: 0.03, t0: 1.5 };
    const equal = await searchCurve({ planet, noise: 2e-4, scatter: () => 1 }, range(3, 13));
    expectPlanet(equal, planet);
    const unknown = await searchCurve({ planet, noise: 2e-4 }, range(3, 13));
    for (const key of ['period', 'sde', 'snr'])
      expect(Number(equal[key]) / Number(unknown[key])).toBeCloseTo(1, 9);
    // Every third sample ten times as noisy: with equal weights the noise would be six times as large.
    const scatter = (index: number): number => (index % 3 === 0 ? 10 : 1);
    const found = await searchCurve({ planet, noise: 2e-4, scatter }, range(3, 13));
    expectPlanet(found, planet);
    expect(Number(found.snr) / Number(equal.snr)).toBeCloseTo(Math.sqrt(2 / 3), 1);
  });

  test('comes out where there is no noise; what would divide by it is null', async () => {
    const planet = { period: 4.4, radius: 0.05, t0: 2 };
    const found = await searchCurve({ planet, noise: 0 }, range(3, 9));
    expectPlanet(found, planet);
    expect(found.snr).toBeNull();
  });

  test('is judged a FAIL where only other periods are searched', async () => {
    const planet = { period: 6.7, radius: 0.04, t0: 1.5 };
    const found = await searchCurve({ planet, noise: 2e-4 }, { lc_duration: 30, ...range(7, 12) });
    expect(found.outcome).toBe('FAIL');
    expect(Number(found.transit_count)).toBeLessThan(6);
  });
});

test('noise alone rarely reaches an efficiency of 9', SLOW, async () => {
  const efficiencies: number[] = [];
  for (let seed = 1; seed <= 4; seed++) {
    const found = await searchCurve(
      { noise: 3e-4, seed, days: 20 },
      { search_settings: { period_min: 0.8 } },
    );
    expect(found).toMatchObject({ outcome: 'UNDEFINED', target_period: null });
    efficiencies.push(Number(found.sde));
  }

  expect(efficiencies.filter((sde) => sde >= 9).length).toBeLessThanOrEqual(1);
  expect(efficiencies.filter((sde) => sde >= 7).length).toBeLessThanOrEqual(1); // 1 per cent, by the paper
  expect(Math.min(...efficiencies)).toBeGreaterThan(3);
});

test('every second transit deeper, as of two stars: the mismatch says so', SLOW, async () => {
  const planet = { period: 3.1, radius: 0.05, t0: 1.2, secondRadius: 0.04 };
  const found = await searchCurve({ planet, noise: 2e-4 }, range(2, 5));
  expect(found.outcome).toBe('PASS');
  expect(Number(found.odd_even_mismatch)).toBeGreaterThan(10);
  const ratio = Number(found.depth_odd) / Number(found.depth_even);
  expect(ratio).toBeCloseTo(0.04 ** 2 / 0.05 ** 2, 1);
});

test('a curve without noise and without a transit gives no period, and is no failure', async () => {
  const found = await searchCurve({ noise: 0, days: 20 }, range(2, 8), { outputs: {} });
  expect(found).toMatchObject({
    ...{ period: null, t0: null, sde: 0, transit_count: 0 },
    outcome: 'UNDEFINED',
  });
  expect(qualityControl(makeContext({ outputs: { debugging: 'x' } }), found)).toEqual({});
});

test('a search that is asked to stop does so at once', async () => {
  const controller = new AbortController();
  let stoppedAt = 0;
  const progress = (share: number): void => {
    if (share > 0.02 && stoppedAt === 0) {
      stoppedAt = share;
      controller.abort();
    }
  };
  const stopped = searchCurve({ noise: 1e-3 }, {}, { progress, signal: controller.signal });
  await expect(stopped).rejects.toThrow('abort');
  expect(stoppedAt).toBeLessThan(0.5);
});

test('the spectrum and the folded curve are written, the same bytes each time', SLOW, async () => {
  const planet = { period: 4.4, radius: 0.05, t0: 2 };
  const bytes: Buffer[] = [];
  for (const cpus of [1, 2]) {
    const debugging = join(directory, `debugging_${cpus}.tar.gz`);
    const found = await searchCurve({ planet, noise: 3e-4 }, range(3, 7), { outputs: { debugging }, cpus });
    bytes.push(readFileSync(debugging));
    expect(qualityControl(makeContext({ outputs: { debugging } }), found)).toEqual({
      debugging: { passed: true },
    });
    expect(qualityControl(makeContext({ outputs: { debugging } }), { ...found, period: 0.1 })).toMatchObject({
      debugging: { passed: false },
    });
  }
  expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true);
  execFileSync('tar', ['-xzf', join(directory, 'debugging_2.tar.gz'), '-C', directory]);
  const read = (name: string): string[][] =>
    readFileSync(join(directory, name), 'utf8')
      .trim()
      .split('\n')
      .map((row) => row.split(','));
  const [titles, ...spectrum] = read('spectrum.csv');
  expect(titles).toEqual(['period[d]', 'signal_residue', 'power']);
  expect(Math.max(...spectrum.map((row) => Number(row[1])))).toBe(1);
  const [heads, ...folded] = read('folded.csv');
  expect(heads).toEqual(['time_from_transit[d]', 'flux', 'model']);
  const times = folded.map((row) => Number(row[0]));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const middle = folded.filter((row) => Math.abs(Number(row[0])) < 0.05);
  const mean = (column: number): number =>
    middle.reduce((sum, row) => sum + Number(row[column]), 0) / middle.length;
  expect(mean(1)).toBeCloseTo(mean(2), 4);
  expect(mean(2)).toBeLessThan(0.998);
});

describe('what cannot be searched is refused', () => {
  test.each([
    [{ search_settings: { star_radius: 0 } }, 'search_settings.star_radius is 0'],
    [{ search_settings: { oversampling_factor: 'x' } }, 'must be a number'],
    [{ search_settings: { limb_darkening: [0.4] } }, 'must be a list of two numbers'],
    [{ search_settings: { limb_darkening: [0.9, 0.4] } }, 'no star has such a disc'],
    [{ search_settings: { period_min: 0.1 } }, 'it must be at least 0.208 d'],
    [{ search_settings: { period_min: 9, period_max: 8 } }, 'not more than period_min'],
    [{ lc_duration: 0.1 }, 'too few to search'],
  ])('%j', async (settings, message) => {
    await expect(searchCurve({ noise: 1e-3, days: 20 }, settings)).rejects.toThrow(message);
  });

  test('a curve of which all samples are flagged', async () => {
    const made = { noise: 1e-3, days: 20, flagged: () => true };
    await expect(searchCurve(made, range(2, 5))).rejects.toThrow('samples are flagged');
  });
});
