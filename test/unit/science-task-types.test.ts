import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findCadence } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { taskTypeSchema } from '../../core/model/task-type.ts';
import { PSLS_RULES } from '../../worker/synthesis/psls-specs.ts';
import type { TaskContext } from '../../worker/task-module.ts';
import { run as bin } from '../../worker/types/binning.ts';
import { run as multiply } from '../../worker/types/multiply.ts';
import { BATMAN_RULES, run as synthesise } from '../../worker/types/synthesis-batman.ts';
import { run as search } from '../../worker/types/transit-search-bls-reference.ts';
import { run as verify } from '../../worker/types/verify.ts';
import { inputFile, makeContext, makeDirectory, seededRandom } from './science-context.ts';

const directory = makeDirectory();
const lightcurve = join(directory, 'made.lc.gz');

async function make(specs: TaskContext['settings'], parts: Partial<TaskContext> = {}) {
  return await synthesise(
    makeContext({ settings: { specs: { ...specs } }, outputs: { lightcurve }, ...parts }),
  );
}

async function store(name: string, flux: readonly number[], step = 60): Promise<string> {
  const path = join(directory, name);
  const time = Float64Array.from(flux, (_, index) => (index * step) / 86_400);
  const none = new Float64Array(flux.length);
  await writeLightCurve(path, { time, flux: Float64Array.from(flux), flag: none, uncertainty: none });
  return path;
}

describe('the registry', () => {
  const registry: Record<string, unknown> = parse(readFileSync('worker/task-types.yaml', 'utf8'));

  test.each(Object.entries(registry))('has a valid row for %s, and its module', async (_name, row) => {
    const type = taskTypeSchema.parse(row);
    if (type.module === undefined) return;
    const path = join(process.cwd(), 'worker', type.module);
    expect(existsSync(path)).toBe(true);
    expect(await import(path)).toHaveProperty('run');
  });

  test.each([
    ['synthesis_batman', BATMAN_RULES],
    ['synthesis_psls', PSLS_RULES],
  ] as const)('gives the specs of %s with the defaults that the code has', (name, rules) => {
    const keys = taskTypeSchema.parse(registry[name]).settings.specs?.keys ?? {};
    const defaultsOf = (rows: object) =>
      Object.fromEntries(
        Object.entries(rows).map(([key, row]: [string, { default?: unknown }]) => [key, row.default]),
      );
    expect(defaultsOf(keys)).toEqual(defaultsOf(rules));
  });
});

describe('synthesis_batman', () => {
  test('has the defaults of the job format', async () => {
    const made = await make({ sampling_cadence: 600 });
    expect(made).toMatchObject({
      duration: 730,
      t0: 1,
      eccentricity: 0,
      planet_radius: 1,
      orbital_period: 365,
      semi_major_axis: 1,
      orbital_angle: 0,
      impact_parameter: 0,
      noise: 0,
      mes: 1e8,
    });
    expect(made.star_radius).toBeCloseTo(695_500 / 71_492, 12);
    expect(made).not.toHaveProperty('mes_assume_noise');
  });

  test('counts the samples in transit and their depth', async () => {
    const made = await make({ duration: 10, orbital_period: 4, semi_major_axis: 0.05, sampling_cadence: 60 });
    const { curve } = await readLightCurve(inputFile(lightcurve));
    const inTransit = curve.flux.filter((flux) => flux < 1);
    expect(curve.flux.length).toBe(14_400);
    expect(made.pixels_in_transit).toBe(inTransit.length);
    expect(made.pixels_out_of_transit).toBe(14_400 - inTransit.length);
    expect(made.integrated_transit_power).toBeCloseTo(
      inTransit.reduce((sum, flux) => sum + 1 - flux, 0),
      8,
    );
    const radius = 71_492 / 695_500; // the centre of the disc is brighter than its mean
    expect(1 - (curve.flux[1440] ?? 0)).toBeGreaterThan(radius ** 2);
    expect(1 - (curve.flux[1440] ?? 0)).toBeLessThan(radius ** 2 * 1.15);
  });

  test('has the noise that is asked for, the same from the same seed, and a matching mes', async () => {
    const specs = { duration: 100, sampling_cadence: 100, noise: 0.001, planet_radius: 0.5 };
    const made = await make(specs, { random: seededRandom(3) });
    const { curve } = await readLightCurve(inputFile(lightcurve));
    const outside = curve.flux.subarray(2000); // the transit is on the first day, of 864 samples
    const variance = outside.reduce((sum, flux) => sum + (flux - 1) ** 2, 0) / outside.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.000495);
    expect(Math.sqrt(variance)).toBeLessThan(0.000508);
    expect(curve.uncertainty[0]).toBeCloseTo(0.0005, 14);
    const count = Number(made.pixels_in_transit);
    const power = Number(made.integrated_transit_power);
    expect(made.mes).toBeCloseTo(power / 0.0005 / Math.sqrt(count), 8);
    const bytes = readFileSync(lightcurve);
    await make(specs, { random: seededRandom(3) });
    expect(readFileSync(lightcurve).equals(bytes)).toBe(true);
    expect((await make({ ...specs, mes_assume_noise: 0.002 })).mes).toBeCloseTo(Number(made.mes) / 2, 8);
  });

  test('lets the impact parameter win over the angle', async () => {
    const grazing = { duration: 3, sampling_cadence: 60, orbital_period: 3, semi_major_axis: 0.04 };
    const made = await make({ ...grazing, orbital_angle: 60, impact_parameter: 0.6 });
    expect(made.impact_parameter).toBeCloseTo(0.6, 12);
    expect(made.pixels_in_transit).toBeGreaterThan(0);
    const missed = await make({ ...grazing, orbital_angle: 60 });
    expect(missed).toMatchObject({ orbital_angle: expect.closeTo(60, 10), pixels_in_transit: 0, mes: 0 });
  });

  test.each([
    [{ planet_radius: 'big' }, 'specs.planet_radius must be a number, not "big"'],
    [{ eccentricity: 1 }, 'specs.eccentricity is 1: it must be less than 1'],
    [{ sampling_cadence: 0 }, 'specs.sampling_cadence is 0: it must be more than 0'],
    [{ impact_parameter: 1.5 }, 'specs.impact_parameter is 1.5: it must be at most 1'],
    [{ semi_major_axis: 0.001 }, 'the orbit enters the star'],
    [{ sampling_cadence: 1e-6 }, 'samples: at most'],
  ])('refuses %j', async (specs, message) => {
    await expect(make(specs)).rejects.toThrow(message);
  });

  test('warns of specs that it does not know', async () => {
    const context = makeContext({ settings: { specs: { duration: 1, radius: 3 } }, outputs: { lightcurve } });
    await synthesise(context);
    expect(context.logged).toEqual([
      { level: 'warning', message: 'specs: radius not known to test, and ignored' },
    ]);
  });
});

describe('verify', () => {
  const check = async (path: string) =>
    await verify(makeContext({ inputs: { lightcurve: [inputFile(path)] } }));

  test('says what a curve holds', async () => {
    expect(await check(await store('steady.gz', [1, 0.9, 1.1]))).toEqual({
      verification_time_min: 0,
      verification_time_max: 120 / 86_400,
      verification_flux_min: 0.9,
      verification_flux_max: 1.1,
      verification: true,
    });
  });

  test('tells a curve with a gap from one on a fixed step', async () => {
    const path = join(directory, 'gap.gz');
    const time = Float64Array.of(0, 1, 2, 4);
    const none = new Float64Array(4);
    await writeLightCurve(path, { time, flux: none, flag: none, uncertainty: none });
    expect(await check(path)).toMatchObject({ verification: false });
  });

  test('fails on samples that are no numbers', async () => {
    await expect(check(await store('nan.gz', [1, Number.NaN, 1]))).rejects.toThrow(
      '1 samples are not finite',
    );
  });

  test('needs its one input', async () => {
    await expect(verify(makeContext({}))).rejects.toThrow('needs one file as input "lightcurve", and got 0');
  });
});

describe('binning', () => {
  test('makes a curve of the asked cadence, with the header of the first', async () => {
    const path = await store(
      'fine.gz',
      Array.from({ length: 100 }, (_, index) => index),
    );
    const context = (cadence: number) =>
      makeContext({
        settings: { cadence },
        inputs: { lightcurve: [inputFile(path)] },
        outputs: { lightcurve },
      });
    await bin(context(600));
    const { curve } = await readLightCurve(inputFile(lightcurve));
    expect([...curve.flux]).toEqual([4.5, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 74.5, 84.5, 94.5]);
    expect(findCadence(curve) * 86_400).toBeCloseTo(600, 8);
    await expect(bin(context(30))).rejects.toThrow('finer than the 60 s of fine.gz');
    await expect(bin(context(-1))).rejects.toThrow('cadence is -1: it must be more than 0');
  });
});

describe('multiply', () => {
  const context = (first: string, second: string) =>
    makeContext({
      inputs: { lightcurve_1: [inputFile(first)], lightcurve_2: [inputFile(second)] },
      outputs: { lightcurve },
    });

  test('writes the product, and says where there is none', async () => {
    const task = context(await store('one.gz', [1, 2, 3, 4]), await store('two.gz', [2, 4], 120));
    await multiply(task);
    const { curve } = await readLightCurve(inputFile(lightcurve));
    expect([...curve.flux]).toEqual([2, 6, 12, 4]);
    expect([...curve.flag]).toEqual([0, 0, 0, 1]);
    expect(task.logged[0]?.message).toBe('1 of 4 samples flagged: two.gz has no value there');
  });
});

describe('transit_search_bls_reference', () => {
  const check = async (path: string, settings: TaskContext['settings'] = {}) =>
    await search(makeContext({ settings, inputs: { lightcurve: [inputFile(path)] } }));

  test('warns of periods longer than the curve', async () => {
    const path = await store(
      'wave.gz',
      Array.from({ length: 500 }, (_, index) => Math.sin(index)),
      1800,
    );
    const settings = { search_settings: { period_min: 8, period_max: 99 } };
    const context = makeContext({ settings, inputs: { lightcurve: [inputFile(path)] } });
    expect(Number((await search(context)).period)).toBeLessThan(10.4);
    expect(context.logged[0]?.message).toContain('up to 10.396 d');
  });

  test('says why a curve cannot be searched', async () => {
    await expect(check(await store('short.gz', [1, 2, 1]))).rejects.toThrow('3 samples are too few');
    const flat = await store('flat.gz', new Array(1000).fill(1), 1800);
    await expect(check(flat)).rejects.toThrow('the flux is the same everywhere');
    const range = { search_settings: { period_min: 5, period_max: 2 } };
    await expect(check(flat, range)).rejects.toThrow('period_max is 2 d, not more than period_min (5 d)');
    await expect(check(flat, { search_settings: { period_min: 0.01 } })).rejects.toThrow('at least 0.208');
    await expect(check(flat, { search_settings: 3 })).rejects.toThrow('search_settings must be an object');
  });
});
