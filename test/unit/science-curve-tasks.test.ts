/** What the types that write light curves refuse: settings, inputs, and their own products in quality control. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIGHT_CURVE_FORMATS } from '../../core/light-curve/formats.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import type { Metadata, QualityControl, TaskContext } from '../../worker/task-module.ts';
import * as binning from '../../worker/types/binning.ts';
import * as ingestion from '../../worker/types/ingest-external-lcs.ts';
import * as multiplication from '../../worker/types/multiply.ts';
import * as synthesis from '../../worker/types/synthesis-batman.ts';
import { run as verify } from '../../worker/types/verify.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';

const directory = makeDirectory();
const product = join(directory, 'product');
const inputArea = join(directory, 'input');
mkdirSync(inputArea);
writeFileSync(join(inputArea, 'star.csv'), 'time,flux\n10.5,1\n10.6,0.99\n10.7,1.01\n');

interface Module {
  run(context: TaskContext): Promise<Metadata | undefined>;
  qualityControl(context: TaskContext, metadata: Metadata): Promise<QualityControl> | QualityControl;
}

interface Case {
  readonly module: Module;
  readonly context: Partial<TaskContext>;
  readonly output: string;
}

/** Minutes and fluxes; flagged where the flux is NaN. */
async function store(
  name: string,
  rows: readonly (readonly [minute: number, flux: number])[],
): Promise<string> {
  const path = join(directory, name);
  const time = Float64Array.from(rows, ([minute]) => minute / 1440);
  const flux = Float64Array.from(rows, ([, each]) => each);
  const flag = flux.map((each) => (Number.isNaN(each) ? 1 : 0));
  await writeLightCurve(path, { time, flux, flag, uncertainty: flux.map(() => 0.001) }, { star: 'A' });
  return path;
}

const steady = (count: number, step = 1): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index * step, 1 + index / 1000]);

async function caseOf(type: string): Promise<Case> {
  const lightcurve = inputFile(await store('steady.gz', steady(60)));
  const other = inputFile(await store('other.gz', steady(30, 2)));
  const curve = { outputs: { lightcurve: product }, output: 'lightcurve' };
  const specs = { duration: 2, sampling_cadence: 600, orbital_period: 3, semi_major_axis: 0.04 };
  const cases: { readonly [type: string]: Case } = {
    binning: {
      ...curve,
      module: binning,
      context: { inputs: { lightcurve: [lightcurve] }, settings: { cadence: 300 } },
    },
    multiply: {
      ...curve,
      module: multiplication,
      context: { inputs: { lightcurve_1: [lightcurve], lightcurve_2: [other] } },
    },
    ingest_external_lcs: {
      module: ingestion,
      context: { inputArea, settings: { lc_type: 'csv', input_path: '*.csv' } },
      output: 'star.lc.gz',
    },
    synthesis_batman: { ...curve, module: synthesis, context: { settings: { specs } } },
  };
  const found = cases[type];
  if (found === undefined) throw new Error(type);
  return found;
}

function contextOf({ context, output }: Case, settings: TaskContext['settings'] = {}): TaskContext {
  return makeContext({
    ...context,
    outputs: { [output]: product },
    settings: { ...context.settings, ...settings },
  });
}

describe.each(['binning', 'multiply', 'ingest_external_lcs', 'synthesis_batman'])('%s', (type) => {
  test.each(LIGHT_CURVE_FORMATS)('writes %s, which passes and holds the same', async (format) => {
    const each = await caseOf(type);
    const plain = contextOf(each);
    await each.module.run(plain);
    const text = await readLightCurve(inputFile(product));
    const context = contextOf(each, { format });
    const metadata = (await each.module.run(context)) ?? {};
    const { curve, header } = await readLightCurve(inputFile(product));
    expect(curve.flux.every((flux, row) => Math.abs(flux - (text.curve.flux[row] ?? 0)) < 1e-13)).toBe(true);
    expect(curve.time.length).toBe(text.curve.time.length);
    expect({ ...header }).toEqual({ ...text.header });
    expect(await each.module.qualityControl(context, metadata)).toEqual({ [each.output]: { passed: true } });
  });

  test('refuses a format that there is not', async () => {
    const each = await caseOf(type);
    await expect(each.module.run(contextOf(each, { format: 'hdf5' }))).rejects.toThrow(
      'the setting format is "hdf5": it must be one of text, csv, fits',
    );
  });

  test('refuses in quality control what others could not use', async () => {
    const each = await caseOf(type);
    const context = contextOf(each);
    const metadata = (await each.module.run(context)) ?? {};
    const reason = async (text: string): Promise<string | undefined> => {
      writeFileSync(product, text);
      const verdict = (await each.module.qualityControl(context, metadata))[each.output];
      expect(verdict?.passed).toBe(false);
      return verdict?.reason;
    };
    expect(await reason('0 1 0 0\n600 nan 0 0\n')).toBe('1 samples are not finite, and have no flag');
    expect(await reason('0 1 1 0\n600 1 2 0\n')).toBe('the light curve: all 2 samples are flagged');
    expect(await reason('600 1 0 0\n0 1 0 0\n')).toContain('line 2: the time is not later');
    expect(await reason('')).toBe('the light curve: the light curve has no samples');
  });
});

describe('quality control of a raster', () => {
  test('takes gaps in bins, not bins of another width', async () => {
    const each = await caseOf('binning');
    const judge = async (text: string): Promise<unknown> => {
      writeFileSync(product, text);
      return (await each.module.qualityControl(contextOf(each), {})).lightcurve;
    };
    expect(await judge('120 1 0 0\n420 1 0 0\n1320 1 0 0\n')).toEqual({ passed: true });
    expect(await judge('120 1 0 0\n420 1 0 0\n870 1 0 0\n')).toEqual({
      passed: false,
      reason: 'row 3 comes 450.00000 s after the one before, no multiple of 300.00000 s',
    });
  });

  test('wants every sample of a synthesis', async () => {
    const each = await caseOf('synthesis_batman');
    const metadata = (await each.module.run(contextOf(each))) ?? {};
    const fewer = { ...metadata, pixels_in_transit: Number(metadata.pixels_in_transit) + 1 };
    expect(await each.module.qualityControl(contextOf(each), fewer)).toEqual({
      lightcurve: { passed: false, reason: 'it has 288 samples, not 289' },
    });
    const slower = { ...metadata, sampling_cadence: 500 };
    expect(await each.module.qualityControl(contextOf(each), slower)).toMatchObject({
      lightcurve: { reason: expect.stringContaining('no multiple of 500.00000 s') },
    });
  });
});

describe('binning', () => {
  const bin = async (path: string, settings: TaskContext['settings']) =>
    await binning.run(
      makeContext({ settings, inputs: { lightcurve: [inputFile(path)] }, outputs: { lightcurve: product } }),
    );

  test('refuses widths that cannot be meant', async () => {
    const path = await store('hour.gz', steady(60));
    await expect(bin(path, { cadence: 7200 })).rejects.toThrow(
      'is 7200 s, longer than the 3600 s of hour.gz',
    );
    await expect(bin(path, {})).rejects.toThrow('the setting cadence is missing');
    await expect(bin(path, { cadence: '600' })).rejects.toThrow('cadence must be a number, not "600"');
    await bin(path, { cadence: 3600 });
    expect((await readLightCurve(inputFile(product))).curve.time.length).toBe(1);
  });

  test('refuses curves that cannot be binned', async () => {
    const flagged = await store(
      'flagged.gz',
      steady(60).map(([minute]) => [minute, Number.NaN]),
    );
    await expect(bin(flagged, { cadence: 300 })).rejects.toThrow('flagged.gz: all samples are flagged');
    await expect(bin(join(directory, 'none.gz'), { cadence: 300 })).rejects.toThrow('none.gz cannot be read');
  });
});

describe('multiply', () => {
  test('knows nothing in a gap of the second curve, but bridges a single missing sample', async () => {
    const first = await store('raster.gz', steady(13));
    const second = await store('gaps.gz', [
      ...([0, 1, 2, 3, 5, 6].map((minute) => [minute, 2]) as [number, number][]),
      ...([10, 11, 12].map((minute) => [minute, 2]) as [number, number][]),
    ]);
    const context = makeContext({
      inputs: { lightcurve_1: [inputFile(first)], lightcurve_2: [inputFile(second)] },
      outputs: { lightcurve: product },
    });
    await multiplication.run(context);
    const { curve } = await readLightCurve(inputFile(product));
    expect([...curve.flag]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    expect(curve.flux[4]).toBeCloseTo(2.008, 12);
    expect(context.logged[0]?.message).toBe('3 of 13 samples flagged: gaps.gz has no value there');
  });

  test('refuses curves that do not meet', async () => {
    const first = await store('early.gz', steady(5));
    const second = await store(
      'late.gz',
      steady(5).map(([minute, flux]) => [minute + 100, flux]),
    );
    const inputs = { lightcurve_1: [inputFile(first)], lightcurve_2: [inputFile(second)] };
    const task = multiplication.run(makeContext({ inputs, outputs: { lightcurve: product } }));
    await expect(task).rejects.toThrow('late.gz has no value at any time of early.gz');
  });
});

test('verify refuses a curve of which nothing can be used', async () => {
  const path = await store('useless.gz', [
    [0, Number.NaN],
    [1, Number.NaN],
  ]);
  const task = verify(makeContext({ inputs: { lightcurve: [inputFile(path)] } }));
  await expect(task).rejects.toThrow('useless.gz: all 2 samples are flagged');
});
