import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { FastFolding, SECTION_SIZE } from '../../worker/search/fast-folding.ts';
import { FoldedBoxes, type Series } from '../../worker/search/folded-boxes.ts';
import { boxPower } from '../../worker/search/refine-box.ts';
import { detectionEfficiency, searchResidues } from '../../worker/search/signal-residue.ts';
import { frequencySections, lengthBounds } from '../../worker/search/transit-lengths.ts';
import type { Metadata, TaskContext } from '../../worker/task-module.ts';
import { run as ingest } from '../../worker/types/ingest-external-lcs.ts';
import { qualityControl, run } from '../../worker/types/transit-search-bls-kovacs.ts';
import { inputFile, makeContext, makeDirectory, seededRandom } from './science-context.ts';

const directory = makeDirectory();
const SAMPLES_PER_DAY = 96;

interface Dips {
  readonly period: number;
  /** Middle of the first dip, days. */
  readonly t0?: number;
  readonly duration?: number;
  readonly depth?: number;
  readonly noise?: number;
  readonly days?: number;
  /** Whether a sample is there. */
  readonly seen?: (time: number) => boolean;
}

/** A series with boxes; the noise is uniform, of the given standard deviation. */
function makeSeries(dips: Dips): Series {
  const { period, t0 = 0.7, duration = 0.12, depth = 0.001, noise = 0, days = 60, seen = () => true } = dips;
  const random = seededRandom(11);
  const all = Float64Array.from({ length: days * SAMPLES_PER_DAY }, (_, index) => index / SAMPLES_PER_DAY);
  const time = all.filter(seen);
  const raw = time.map((each) => {
    const turns = (each - t0) / period;
    const dip = Math.abs(turns - Math.round(turns)) * period < duration / 2 ? depth : 0;
    return 1 - dip + noise * Math.sqrt(12) * (random() - 0.5);
  });
  const mean = raw.reduce((sum, each) => sum + each, 0) / raw.length;
  const weight = new Float64Array(raw.length).fill(1);
  return { time, flux: raw.map((each) => each - mean), weight, totalWeight: raw.length };
}

async function store(name: string, { time, flux }: Series): Promise<string> {
  const path = join(directory, name);
  const none = new Float64Array(time.length);
  await writeLightCurve(path, { time, flux: flux.map((each) => each + 1), flag: none, uncertainty: none });
  return path;
}

async function search(
  path: string,
  parts: Partial<TaskContext> = {},
  made: Metadata = {},
): Promise<Metadata> {
  return await run(makeContext({ inputs: { lightcurve: [inputFile(path, made)] }, ...parts }));
}

describe('transit_search_bls_kovacs', () => {
  test.each<[string, Dips]>([
    ['a short period', { period: 0.83, duration: 0.06 }],
    ['a middling period', { period: 4.37 }],
    ['a long period', { period: 26.1, t0: 3, duration: 0.3 }],
    ['dips across phase 0', { period: 3.1, t0: 0 }],
    ['dips across phase 0, most before it', { period: 3.1, t0: 3.07 }],
    ['a curve with gaps', { period: 4.37, seen: (time) => time % 20 < 13 && time % 1 > 0.1 }],
  ])('finds %s and its depth', async (name, dips) => {
    const path = await store(`${name}.gz`, makeSeries({ ...dips, noise: 0.0003 }));
    const found = await search(path, {}, { orbital_period: dips.period });
    expect(found).toMatchObject({ outcome: 'PASS', target_period: dips.period });
    expect(Math.abs(Number(found.period) / dips.period - 1)).toBeLessThan(1e-3);
    expect(Math.abs(Number(found.depth) / 0.001 - 1)).toBeLessThan(0.1);
    expect(Number(found.sde)).toBeGreaterThan(6);
  });

  test('gives a depth and a signal residue that follow from the box, where there is no noise', async () => {
    const series = makeSeries({ period: 5, t0: 2.003, duration: 0.25 });
    const found = await search(await store('clean.gz', series));
    const share = 24 / 480; // of 480 samples a period, those within 0.125 d of the middle
    expect(Number(found.depth)).toBeCloseTo(0.001, 9);
    expect(Number(found.power)).toBeCloseTo(0.001 * Math.sqrt(share * (1 - share)), 6);
    expect(found).toMatchObject({ outcome: 'UNDEFINED', target_period: null });
  });

  test('has an answer for noise alone, of low efficiency', async () => {
    const path = await store('noise.gz', makeSeries({ period: 5, depth: 0, noise: 0.001 }));
    const found = await search(path);
    expect(found.outcome).toBe('UNDEFINED');
    expect(Number(found.sde)).toBeLessThan(8);
    expect(await search(path, {}, { orbital_period: 5 })).toMatchObject({ outcome: 'FAIL' });
  });

  test('gives the same answer again, and wherever the time starts', async () => {
    const series = makeSeries({ period: 4.37, noise: 0.0003 });
    const path = await store('again.gz', series);
    const found = await search(path);
    expect(await search(path)).toEqual(found);
    const later = await store('later.gz', { ...series, time: series.time.map((each) => each + 1000.25) });
    const moved = await search(later);
    expect(Math.abs(Number(moved.period) / Number(found.period) - 1)).toBeLessThan(2e-4);
    expect(Number(moved.depth)).toBeCloseTo(Number(found.depth), 4);
  });

  test('searches only the days and periods that are asked for, and shows its spectrum', async () => {
    const path = await store('bounds.gz', makeSeries({ period: 4.37 }));
    const settings = { lc_duration: 30, search_settings: { period_min: 5, period_max: 8 } };
    const outputs = { debugging: join(directory, 'spectrum.tar.gz') };
    const shares: number[] = [];
    const progress = (share: number): number => shares.push(share);
    const found = await search(path, { settings, outputs, progress });
    expect(Number(found.period)).toBeGreaterThanOrEqual(5);
    expect(Number(found.period)).toBeLessThanOrEqual(8);
    expect(shares.at(-1)).toBe(1);
    const context = makeContext({ settings, outputs });
    expect(qualityControl(context, found)).toEqual({ debugging: { passed: true } });
    expect(qualityControl(context, { period: 4.37 })).toMatchObject({ debugging: { passed: false } });
    expect(qualityControl(context, {})).toMatchObject({ debugging: { passed: false } });
  });

  test('stops when it is asked to', async () => {
    const controller = new AbortController();
    const path = await store('stopped.gz', makeSeries({ period: 4.37 }));
    const progress = (share: number): void => {
      if (share > 0.1) controller.abort();
    };
    await expect(search(path, { progress, signal: controller.signal })).rejects.toThrow('abort');
  });

  test('says why a curve cannot be searched', async () => {
    const path = await store('errors.gz', makeSeries({ period: 4.37 }));
    const bad = (settings: TaskContext['settings']) => search(path, { settings });
    await expect(bad({ search_settings: { period_min: 0.1 } })).rejects.toThrow('at least 0.104 d');
    await expect(bad({ search_settings: { period_min: 5, period_max: 2 } })).rejects.toThrow(
      'period_max is 2 d, not more than period_min (5 d)',
    );
    await expect(bad({ search_settings: { period_min: 'x' } })).rejects.toThrow('must be a number');
    await expect(bad({ lc_duration: 0 })).rejects.toThrow('lc_duration is 0: it must be more than 0');
    await expect(bad({ lc_duration: 0.05 })).rejects.toThrow('5 samples are too few');
    const flat = makeSeries({ period: 5, depth: 0 });
    await expect(search(await store('flat.gz', flat))).rejects.toThrow('the flux is the same everywhere');
    const spike = { ...flat, flux: flat.flux.map((_, index) => (index === 100 ? -0.5 : 0)) };
    const alone = await search(await store('spike.gz', spike));
    expect(alone.outcome).toBe('UNDEFINED'); // one faint sample is an answer with a low residue, not a crash
    await expect(run(makeContext({}))).rejects.toThrow('needs one file as input "lightcurve", and got 0');
  });
});

/** Least squares as in the paper's section 2: every window of bins, its two levels fitted, the misfit summed over all samples. */
function fitDirectly(series: Series, period: number, { bins, widths }: { bins: number; widths: number[] }) {
  const { time, flux, weight, totalWeight } = series;
  const bin = time.map((each) => Math.floor((each / period - Math.floor(each / period)) * bins));
  const misfit = (inBox: (index: number) => boolean): number => {
    const levels = [0, 1].map((side) => {
      const of = (value: (index: number) => number): number =>
        time.reduce((sum, _, index) => (Number(inBox(index)) === side ? sum + value(index) : sum), 0);
      return of((index) => (weight[index] ?? 0) * (flux[index] ?? 0)) / of((index) => weight[index] ?? 0);
    });
    if (!((levels[1] ?? 0) < (levels[0] ?? 0))) return Infinity;
    return flux.reduce(
      (sum, each, index) => sum + (weight[index] ?? 0) * (each - (levels[Number(inBox(index))] ?? 0)) ** 2,
      0,
    );
  };
  const flat = flux.reduce((sum, each, index) => sum + (weight[index] ?? 0) * each ** 2, 0);
  let best = 0;
  for (const width of widths) {
    for (let start = 0; start < bins; start++) {
      const left = misfit((index) => ((bin[index] ?? 0) - start + bins) % bins < width);
      best = Math.max(best, flat - left);
    }
  }
  return Math.sqrt(best / totalWeight);
}

describe('the signal residue', () => {
  test.each([2.31, 3.1, 3.777])('at %d days is that of direct least squares', (period) => {
    const plain = makeSeries({ period: 3.1, t0: 0, days: 8, noise: 0.0005 });
    const random = seededRandom(3);
    const weight = plain.weight.map(() => 0.5 + random());
    const totalWeight = weight.reduce((sum, each) => sum + each, 0);
    const mean = plain.flux.reduce((sum, each, index) => sum + each * (weight[index] ?? 0), 0) / totalWeight;
    const series = { ...plain, weight, totalWeight, flux: plain.flux.map((each) => each - mean) };
    const durations = Float64Array.of(0.12, 0.17);
    const shapes = { durations, resolution: 4, objective: 'signal_residue', minWeight: 0 } as const;
    const bins = Math.ceil(period / 0.03);
    const widths = [...durations].map((each) => Math.round((each / period) * bins));
    const box = new FoldedBoxes(series, shapes).fit(period);
    expect(box.power).toBeGreaterThan(0);
    expect(Math.abs(box.power / fitDirectly(series, period, { bins, widths }) - 1)).toBeLessThan(1e-9);
    // Without bins the box is the same, but for samples at its edges.
    expect(boxPower(series, box, 'signal_residue') / box.power).toBeCloseTo(1, 1);
  });

  test('stands out by the detection efficiency', () => {
    expect(detectionEfficiency(Float64Array.of(1, 1, 1, 5))).toBeCloseTo(3 / Math.sqrt(3), 12);
    expect(detectionEfficiency(Float64Array.of(2, 2))).toBe(0);
  });
});

describe('fast folding', () => {
  /** As in a search: between neighbours the drift over 60 days is that of the shortest transit, of three bins. */
  const section = { start: 0.21, step: 0.025 / 60, bins: 120 };
  const { time, weight, totalWeight } = makeSeries({ period: 5 });

  /** For one sample alone, by how many bins each profile of the section has it wrong. */
  function missesOf(row: number, origin: number): number[] {
    const moved = time.map((each) => each + origin);
    const flux = time.map((_, index) => (index === row ? 1 : 0));
    const folded = new FastFolding({ time: moved, flux, weight, totalWeight }).fold(section);
    return Array.from({ length: SECTION_SIZE }, (_, index) => {
      const profile = folded.subarray(2 * index * 120, 2 * (index + 1) * 120);
      const weights = profile.filter((_, place) => place % 2 === 0);
      expect(weights.reduce((sum, each) => sum + each, 0)).toBe(totalWeight);
      const turns = (moved[row] ?? 0) * (section.start + index * section.step);
      const bin = profile.filter((_, place) => place % 2 === 1).indexOf(1);
      const miss = (bin + 0.5) / 120 - turns;
      return (miss - Math.round(miss)) * 120;
    });
  }

  test.each([0, 900])(
    'puts every sample near its own bin, to one side as often as to the other, with time from day %d',
    (origin) => {
      const misses = Array.from({ length: 30 }, (_, index) => (index * 977) % time.length).flatMap((row) =>
        missesOf(row, origin),
      );
      expect(Math.max(...misses.map(Math.abs))).toBeLessThan(4);
      expect(Math.sqrt(misses.reduce((sum, each) => sum + each ** 2, 0) / misses.length)).toBeLessThan(0.8);
      expect(Math.abs(misses.reduce((sum, each) => sum + each, 0) / misses.length)).toBeLessThan(0.05);
    },
  );

  test('keeps most of the signal at the nearest frequency, for the shortest transit and for that of a Sun', async () => {
    for (const [factor, kept] of [
      [0.5, 0.75],
      [1, 0.85],
    ] as const) {
      const period = 7.31;
      const share = factor * 0.0756 * period ** (-2 / 3);
      const dips = makeSeries({ period, duration: share * period });
      const tick = async (): Promise<void> => undefined;
      const found = await searchResidues(dips, {
        periodMin: 5,
        periodMax: 10,
        cadence: 1 / SAMPLES_PER_DAY,
        tick,
      });
      const highest = found?.residues.reduce((max, each) => Math.max(max, each), 0) ?? 0;
      expect(highest / (0.001 * Math.sqrt(share * (1 - share)))).toBeGreaterThan(kept);
    }
  });
});

describe('the frequencies', () => {
  const range = { min: 1 / 40, max: 2, baseline: 80, cadence: 0.02 };

  test('are at equal steps within a section, and leave out none', () => {
    let next = range.min;
    for (const { start, step, count, shortest } of frequencySections(range, 64)) {
      expect(start).toBeCloseTo(next, 12);
      // From one to the next the shortest transit drifts by no more than itself over the 80 days.
      expect(step * range.baseline).toBeLessThanOrEqual(shortest * (1 + 1e-12));
      next = start + count * step;
    }
    expect(next).toBeGreaterThan(range.max);
  });

  test('come with lengths about that of a planet of the Sun', () => {
    const earth = lengthBounds(1 / 365.25, 1e-3); // 13 hours of a year
    expect(13.07 / 24 / 365.25 / earth.shortest).toBeCloseTo(2, 1);
    expect(earth.longest / (13.07 / 24 / 365.25)).toBeCloseTo(2.5, 1);
    expect(lengthBounds(2, 0.0204).shortest).toBeCloseTo(0.0816, 9); // two samples of half an hour
  });
});

const REAL_CURVE = resolve('../shared/data/k2-3_detrended.csv');

test.skipIf(!existsSync(REAL_CURVE))(
  'the K2 light curve of K2-3 gives planet b, 10.0546 days, to 0.05 %',
  async () => {
    const lightcurve = join(directory, 'k2-3.lc.gz');
    const settings = { lc_type: 'csv', input_path: 'k2-3_detrended.csv' };
    const outputs = { 'k2-3_detrended.lc.gz': lightcurve };
    await ingest(makeContext({ settings, inputArea: resolve('../shared/data'), outputs }));
    const found = await search(lightcurve);
    expect(Math.abs(Number(found.period) / 10.0546 - 1)).toBeLessThan(5e-4);
    // Crossfield et al. (2015): a radius of 3.5 % of the star's, a depth of 1.2 per thousand.
    expect(Math.abs(Number(found.depth) / 0.0012 - 1)).toBeLessThan(0.15);
  },
);
