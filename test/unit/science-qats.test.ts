import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { LightCurve } from '../../core/light-curve/light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { taskTypeSchema } from '../../core/model/task-type.ts';
import { TRAIN_RULES } from '../../worker/search/train-settings.ts';
import type { Metadata, TaskContext } from '../../worker/task-module.ts';
import { run as ingest } from '../../worker/types/ingest-external-lcs.ts';
import { run as searchBoxes } from '../../worker/types/transit-search-bls-reference.ts';
import { qualityControl, run as search } from '../../worker/types/transit-search-qats.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';
import { curveWithTransits, timesOf } from './science-trains.ts';

const directory = makeDirectory();
const cadence = 1 / 48;
const NOISE = 5e-4;
const TASKS = 'demo_jobs/tasks';
let stored = 0;

async function store(curve: LightCurve): Promise<string> {
  const path = join(directory, `curve_${stored++}.lc.gz`);
  await writeLightCurve(path, curve);
  return path;
}

async function findIn(
  curve: LightCurve,
  orbital_period: number,
  parts: Partial<TaskContext> = {},
): Promise<Metadata> {
  const lightcurve = [inputFile(await store(curve), { orbital_period })];
  return await search(makeContext({ inputs: { lightcurve }, ...parts }));
}

function withSettings(search_settings: TaskContext['settings']): Partial<TaskContext> {
  return { settings: { search_settings: { ...search_settings } } };
}

function readSpectrum(archive: string): { title: string | undefined; points: number[][] } {
  execFileSync('tar', ['-xzf', archive, '-C', directory]);
  const [title, ...rows] = readFileSync(join(directory, 'spectrum.csv'), 'utf8').trim().split('\n');
  return { title, points: rows.map((row) => row.split(',').map(Number)) };
}

const steady = { cadence, duration: 0.15, depth: 1e-3, noise: NOISE };

describe('transits at equal intervals', () => {
  test.each([
    [4.37, 60],
    [11.13, 100],
    [29.4, 100],
    [44.9, 100],
  ])('every %d days in %d are found, with their times, depth and duration', async (period, days) => {
    const times = timesOf(days, period, 2.6);
    const found = await findIn(curveWithTransits({ ...steady, depth: 2e-3, days, times }), period);
    expect(found).toMatchObject({
      outcome: 'PASS',
      target_period: period,
      transit_count: times.length,
      period_span: times.length - 1,
    });
    expect(Math.abs(Number(found.period) / period - 1)).toBeLessThan(2e-3);
    expect(Math.abs(Number(found.first_transit) - 2.6)).toBeLessThan(0.04);
    expect(Math.abs(Number(found.last_transit) - (times.at(-1) ?? 0))).toBeLessThan(0.04);
    expect(Math.abs(Number(found.duration) - 0.15)).toBeLessThan(0.045);
    const uncertainty = NOISE / Math.sqrt((times.length * 0.15) / cadence);
    expect(Math.abs(Number(found.depth) - 2e-3)).toBeLessThan(4 * uncertainty + 2e-4);
    expect(Math.abs(Number(found.sn) - 2e-3 / uncertainty)).toBeLessThan(4);
    expect(Number(found.interval_max) - Number(found.interval_min)).toBeLessThan(2.01 * cadence);
  });

  test('are measured exactly where there is next to no noise', async () => {
    const boxes = { ...steady, duration: 0.14, depth: 0.01, noise: 1e-7, days: 60, times: timesOf(60, 6, 2) };
    const found = await findIn(curveWithTransits(boxes), 6);
    expect(found.period).toBeCloseTo(6, 9);
    expect(found.first_transit).toBeCloseTo(2, 9);
    expect(found.last_transit).toBeCloseTo(56, 9);
    expect(found.duration).toBeCloseTo(7 * cadence, 9);
    expect(found.depth).toBeCloseTo(0.01, 6);
  });

  test('are found in a curve finer than the durations, whose first transit is cut', async () => {
    const times = timesOf(30, 5.3, 0);
    const fine = { ...steady, cadence: 120 / 86_400, noise: 2e-3, days: 30, times };
    const found = await findIn(curveWithTransits(fine), 5.3);
    expect(found).toMatchObject({ outcome: 'PASS', transit_count: 5 });
    expect(Math.abs(Number(found.first_transit) - 5.3)).toBeLessThan(0.04);
    expect(Math.abs(Number(found.period) / 5.3 - 1)).toBeLessThan(3e-3); // a cell at either end of four intervals
  });

  test('of the first days alone are counted where the settings say so', async () => {
    const curve = curveWithTransits({ ...steady, depth: 2e-3, days: 100, times: timesOf(100, 7.7, 3) });
    const found = await findIn(curve, 7.7, { settings: { lc_duration: 40 } });
    expect(found).toMatchObject({ outcome: 'PASS', transit_count: 5 });
  });

  test('lie where there are samples: gaps and flagged samples count for nothing', async () => {
    const times = timesOf(120, 8.3, 1.2);
    const whole = curveWithTransits({ ...steady, depth: 2e-3, days: 120, times });
    const kept = (each: number): boolean => each % 30 < 22; // eight days of every thirty are missing
    const indices = [...whole.time.keys()].filter((index) => kept(whole.time[index] ?? 0));
    const pick = (column: Float64Array) => Float64Array.from(indices, (index) => column[index] ?? 0);
    const flag = Float64Array.from(indices, (index) => (index % 17 === 0 ? 4 : 0));
    const flux = pick(whole.flux).map((each, row) => ((flag[row] ?? 0) > 0 ? each - 0.5 : each));
    const curve = { time: pick(whole.time), flux, flag, uncertainty: pick(whole.uncertainty) };
    const found = await findIn(curve, 8.3);
    expect(found).toMatchObject({ outcome: 'PASS', transit_count: 14 });
    expect(Math.abs(Number(found.depth) - 2e-3)).toBeLessThan(4e-4);
    const seen = times.filter(kept).length;
    const sn = (2e-3 / NOISE) * Math.sqrt((seen * 0.15) / cadence) * Math.sqrt(seen / times.length);
    expect(Number(found.sn)).toBeGreaterThan(0.8 * sn);
    expect(Number(found.sn)).toBeLessThan(1.1 * sn);
  });
});

describe('transits whose times vary', () => {
  const days = 150;
  const times = timesOf(days, 9.3, 2.1, { amplitude: 0.35, cycle: 9.7 });
  const intervals = times.slice(1).map((each, index) => each - (times[index] ?? 0));

  test.each([1, 2, 3])('are found where box least squares find nothing (noise %d)', async (seed) => {
    const curve = curveWithTransits({ ...steady, days, times, seed });
    const lightcurve = [inputFile(await store(curve), { orbital_period: 9.3 })];
    const bounds = { period_min: 4 };
    const boxes = await searchBoxes(makeContext({ inputs: { lightcurve }, ...withSettings(bounds) }));
    expect(boxes.outcome).toBe('FAIL');
    const wide = withSettings({ ...bounds, max_ttv_mag: 0.1 });
    const found = await search(makeContext({ inputs: { lightcurve }, ...wide }));
    expect(found).toMatchObject({ outcome: 'PASS', transit_count: times.length });
    expect(Math.abs(Number(found.interval_min) - Math.min(...intervals))).toBeLessThan(0.1);
    expect(Math.abs(Number(found.interval_max) - Math.max(...intervals))).toBeLessThan(0.1);
    const narrow = await search(makeContext({ inputs: { lightcurve }, ...withSettings(bounds) }));
    expect(Number(narrow.sn)).toBeLessThan(0.6 * Number(found.sn));
    const limit = Number(narrow.interval_min) * 5e-4 + 1.5 * cadence;
    expect(Number(narrow.interval_max) - Number(narrow.interval_min)).toBeLessThan(limit);
  });
});

interface SampleConfig {
  readonly inputs: { readonly lightcurve: string };
  readonly search_settings: TaskContext['settings'];
}

test('the sample of the demo configuration is found, and not by box least squares', async () => {
  const config: SampleConfig = parse(readFileSync(`${TASKS}/transit_search_qats.yaml`, 'utf8'));
  const lightcurve = [inputFile(join(TASKS, config.inputs.lightcurve))];
  expect(
    await search(makeContext({ inputs: { lightcurve }, ...withSettings(config.search_settings) })),
  ).toMatchObject({
    outcome: 'PASS',
    target_period: 9.3,
    transit_count: 11,
  });
  const boxes = await searchBoxes(
    makeContext({ inputs: { lightcurve }, ...withSettings({ period_min: 4 }) }),
  );
  expect(boxes.outcome).toBe('FAIL');
});

describe('noise alone', () => {
  test('does not hide few transits behind the trains of many that it gives', async () => {
    const debugging = join(directory, 'few.tar.gz');
    const curve = curveWithTransits({ ...steady, days: 150, times: timesOf(150, 37.2, 20), depth: 1.1e-3 });
    const settings = { ...withSettings({ max_ttv_mag: 0.05 }), outputs: { debugging } };
    const found = await findIn(curve, 37.2, settings);
    expect(found).toMatchObject({ outcome: 'PASS', transit_count: 4 });
    const trials = readSpectrum(debugging).points;
    const highest = trials.reduce((most, row) => ((row[1] ?? 0) > (most[1] ?? 0) ? row : most));
    expect(highest[0]).toBeLessThan(10); // by signal to noise alone
  });

  test.each([1, 2, 3, 4])('stands out by little (noise %d)', async (seed) => {
    const found = await findIn(curveWithTransits({ ...steady, days: 100, times: [], seed }), 9);
    expect(Number(found.sn) - Number(found.sn_background)).toBeLessThan(3.2);
  });
});

describe('the task', () => {
  const curve = curveWithTransits({ ...steady, depth: 2e-3, days: 60, times: timesOf(60, 6.1, 1) });

  test('takes no train with fewer transits than it is told', async () => {
    const found = await findIn(curve, 6.1, withSettings({ period_min: 11, min_transit_count: 4 }));
    expect(Number(found.transit_count)).toBeGreaterThanOrEqual(4);
    expect(Math.abs(Number(found.period) - 12.2)).toBeLessThan(0.05);
  });

  test('reports its progress and writes the spectrum, the same from the same curve', async () => {
    const bytes: Buffer[] = [];
    for (const name of ['one', 'two']) {
      const debugging = join(directory, `${name}.tar.gz`);
      const outputs = { debugging };
      const shares: number[] = [];
      const found = await findIn(curve, 6.1, { outputs, progress: (share) => shares.push(share) });
      bytes.push(readFileSync(debugging));
      expect(shares.length).toBeGreaterThan(10);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares.at(-1)).toBeCloseTo(1, 12);
      const context = makeContext({ outputs });
      expect(qualityControl(context, found)).toEqual({ debugging: { passed: true } });
      expect(qualityControl(context, { period: 3.5, duration: 0.1 })).toMatchObject({
        debugging: { passed: false },
      });
      expect(qualityControl(context, {})).toMatchObject({ debugging: { passed: false } });
    }
    expect(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0))).toBe(true);
    const { title, points } = readSpectrum(join(directory, 'one.tar.gz'));
    expect(title).toBe('period[d],sn,background,duration[d],transit_count');
    const excess = ([, sn = 0, background = 0]: readonly number[]): number => sn - background;
    const best = points.reduce((most, row) => (excess(row) > excess(most) ? row : most));
    expect(Math.abs((best[0] ?? 0) - 6.1)).toBeLessThan(2 * cadence);
    expect(best[4]).toBe(10);
    expect(points[0]?.[0]).toBeCloseTo(4 + cadence / 2, 9);
    expect(points.at(-1)?.[0]).toBeGreaterThan(29.9);
  });

  test('stops when it is asked to', async () => {
    const controller = new AbortController();
    const progress = (share: number): void => {
      if (share > 0.1) controller.abort();
    };
    await expect(findIn(curve, 6.1, { progress, signal: controller.signal })).rejects.toThrow('abort');
  });

  test.each([
    [{ duration_min: 0 }, 'search_settings.duration_min is 0: it must be more than 0'],
    [{ duration_min: 0.3 }, 'search_settings.duration_max is 0.2 d, less than duration_min (0.3 d)'],
    [{ duration_min: 0.01, duration_max: 0.02 }, "at this curve's cadence it must be at least 0.042 d"],
    [{ duration_count: 0 }, 'search_settings.duration_count is 0: it must be at least 1'],
    [{ duration_count: 2.5 }, 'search_settings.duration_count is 2.5: it must be a whole number'],
    [{ period_min: 0.2 }, 'search_settings.period_min is 0.2 d: it must be at least 0.208 d, five times'],
    [{ period_min: 31 }, 'search_settings.period_max is 29.98'],
    [{ min_transit_count: 1 }, 'search_settings.min_transit_count is 1: it must be at least 2'],
    [{ min_transit_count: 16 }, 'is 16: in 59.979 d there are at most 15 transits 4 d (period_min) apart'],
    [{ min_transit_count: 'two' }, 'search_settings.min_transit_count must be a number, not "two"'],
    [{ max_ttv_mag: -0.1 }, 'search_settings.max_ttv_mag is -0.1: it must be at least 0'],
    [{ max_ttv_mag: 0.3 }, 'search_settings.max_ttv_mag is 0.3: it must be at most 0.25'],
  ])('refuses %j', async (settings, message) => {
    await expect(findIn(curve, 6.1, withSettings(settings))).rejects.toThrow(message);
  });

  test('refuses what would not fit into memory', async () => {
    const time = Float64Array.from({ length: 40 }, (_, index) => (index < 20 ? 0 : 9e5) + index * 0.02);
    const flux = time.map((_, index) => index % 3);
    const none = new Float64Array(40);
    const century = { time, flux, flag: none, uncertainty: none };
    await expect(findIn(century, 6.1)).rejects.toThrow('QATS searches at most 5000000');
    const settings = withSettings({ period_min: 0.5, max_ttv_mag: 0.25 });
    const shorter = { ...century, time: time.map((each, index) => (index < 20 ? each : each - 895_000)) };
    await expect(findIn(shorter, 6.1, settings)).rejects.toThrow(
      'max_ttv_mag is 0.25: with period_min 0.5 d',
    );
  });

  test('warns of settings that it does not know, once, and of durations too short', async () => {
    const lightcurve = [inputFile(await store(curve))];
    const settings = withSettings({ duration_min: 0.01, period_mim: 3 });
    const context = makeContext({ inputs: { lightcurve }, ...settings });
    expect(await search(context)).toMatchObject({ outcome: 'UNDEFINED', target_period: null });
    const warnings = context.logged.filter(({ level }) => level === 'warning').map(({ message }) => message);
    expect(warnings).toEqual([
      'search_settings: period_mim not known to test, and ignored',
      'durations are searched from 0.042 d, two cadences of the curve',
    ]);
  });

  test('says why a curve cannot be searched', async () => {
    const flat = { ...curve, flux: curve.flux.map(() => 1) };
    await expect(findIn(flat, 6.1)).rejects.toThrow('the flux is the same everywhere');
    const flagged = { ...curve, flag: curve.flag.map(() => 1) };
    await expect(findIn(flagged, 6.1)).rejects.toThrow('samples are flagged');
  });

  test('has the defaults of its row in the registry', () => {
    const registry: Record<string, unknown> = parse(readFileSync('worker/task-types.yaml', 'utf8'));
    const keys = taskTypeSchema.parse(registry.transit_search_qats).settings.search_settings?.keys ?? {};
    for (const [key, rule] of Object.entries(TRAIN_RULES))
      expect(keys[key]).toMatchObject({ default: rule.default });
  });
});

const REAL_CURVE = resolve('../shared/data/k2-3_detrended.csv');

describe.skipIf(!existsSync(REAL_CURVE))(
  'the K2 light curve of K2-3 (../shared/data/k2-3_detrended.csv)',
  () => {
    test('gives planet b: 10.054 days, eight transits 0.12 per cent deep', async () => {
      const path = join(directory, 'k2-3_detrended.lc.gz');
      const settings = { lc_type: 'csv', input_path: 'k2-3_*.csv' };
      const outputs = { 'k2-3_detrended.lc.gz': path };
      await ingest(makeContext({ settings, inputArea: resolve('../shared/data'), outputs }));
      const found = await search(makeContext({ inputs: { lightcurve: [inputFile(path)] } }));
      expect(Math.abs(Number(found.period) / 10.054 - 1)).toBeLessThan(1e-3);
      expect(found.transit_count).toBe(8);
      expect(Math.abs(Number(found.depth) - 1.2e-3)).toBeLessThan(1e-4);
    });
  },
);
