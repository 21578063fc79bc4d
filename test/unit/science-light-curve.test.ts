import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateLightCurve, type LightCurve } from '../../core/light-curve/light-curve.ts';
import { MAX_NUMBER_BYTES, parseNumber, writeNumber } from '../../core/light-curve/number-text.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { binLightCurve } from '../../worker/light-curve/bin-light-curve.ts';
import { multiplyLightCurves } from '../../worker/light-curve/multiply-light-curves.ts';
import { inputFile, makeDirectory } from './science-context.ts';

const directory = makeDirectory();
mkdirSync(directory, { recursive: true });

function curveOf(
  rows: readonly (readonly [time: number, flux: number, flag?: number, sigma?: number])[],
): LightCurve {
  const curve = allocateLightCurve(rows.length);
  for (const [index, [time, flux, flag = 0, sigma = 0]] of rows.entries()) {
    curve.time[index] = time;
    curve.flux[index] = flux;
    curve.flag[index] = flag;
    curve.uncertainty[index] = sigma;
  }
  return curve;
}

function textFile(text: string): ReturnType<typeof inputFile> {
  const path = join(directory, 'curve.lc.gz');
  writeFileSync(path, gzipSync(text));
  return inputFile(path);
}

function written(value: number): string {
  const bytes = new Uint8Array(MAX_NUMBER_BYTES);
  return Buffer.from(bytes.subarray(0, writeNumber(value, bytes, 0))).toString();
}

function parsed(text: string): number {
  return parseNumber(Buffer.from(text), 0, Buffer.byteLength(text));
}

describe('numbers as text', () => {
  test('come back within 1e-13, whatever their size', () => {
    const doubles = fc.oneof(
      fc.double({ noNaN: true }),
      fc.double({ noNaN: true, min: -1e7, max: 1e7 }),
      fc.integer(),
    );
    fc.assert(
      fc.property(doubles, (value) => {
        const back = parsed(written(value));
        return back === value || Math.abs(back - value) <= 1e-13 * Math.abs(value);
      }),
      { numRuns: 5000 },
    );
  });

  test('are read as the language reads them, to the last bit', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => parsed(String(value)) === value,
      ),
      { numRuns: 3000 },
    );
    for (const text of ['0', '-0.5', '.5', '5.', '+1.25', '1e-3', '123456789.12345', '00012.5']) {
      expect(parsed(text), text).toBe(Number(text));
    }
  });

  test('have no needless digits', () => {
    const texts = [0, 25, -3, 0.1 + 0.2, 0.000315, 1 / 3, 63071975, 1e-9, 1 - 1e-16, Number.NaN].map(written);
    expect(texts).toEqual('0 25 -3 0.3 0.000315 0.33333333333333 63071975 1e-9 1 nan'.split(' '));
  });

  test('are told from other text', () => {
    for (const text of ['', '-', '.', '1.2.3', '0x10', '1e', 'one', '1_0', '٣', '--1']) {
      expect(parsed(text), text).toBeNaN();
    }
  });
});

describe('a light-curve file', () => {
  test('comes back as it was written, over many blocks, with its header', async () => {
    const curve = allocateLightCurve(40_000);
    for (let index = 0; index < curve.time.length; index++) {
      curve.time[index] = (index * 25) / 86_400;
      curve.flux[index] = 1 + 1e-3 * Math.sin(index);
      curve.flag[index] = index % 7 === 0 ? 2 : 0;
      curve.uncertainty[index] = 3.15e-4;
    }
    const path = join(directory, 'round.lc.gz');
    await writeLightCurve(path, curve, { star: 'K2-3', orbital_period: 10.054, known: true });
    const stored = await readLightCurve(inputFile(path, { known: false }));
    expect(stored.curve.time).toEqual(curve.time);
    expect(stored.curve.flag).toEqual(curve.flag);
    expect(stored.curve.uncertainty).toEqual(curve.uncertainty);
    expect(stored.curve.flux.every((each, index) => Math.abs(each - (curve.flux[index] ?? 0)) < 1e-13)).toBe(
      true,
    );
    expect({ ...stored.metadata }).toEqual({ star: 'K2-3', orbital_period: 10.054, known: false });
  });

  test('is one gzip member, the same bytes each time, whatever is repeated in it', async () => {
    const curve = allocateLightCurve(50_000);
    const rows = curve.time.map((_, index) => index * 25);
    curve.time.set(rows.map((each) => each / 86_400));
    curve.flux.set(rows.map((each) => (each % 1000 < 500 ? 1 : Number(Math.sin(each).toPrecision(9)))));
    curve.uncertainty.fill(3.15e-4, 20_000);
    const path = join(directory, 'member.lc.gz');
    await writeLightCurve(path, curve);
    const bytes = readFileSync(path);
    const text = [...rows].map(
      (each, row) => `${each} ${curve.flux[row]} 0 ${row < 20_000 ? 0 : '0.000315'}\n`,
    );
    expect(gunzipSync(bytes).toString()).toBe(text.join(''));
    // The trailer of the last member counts the whole text only when there is no member before it.
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(text.join('').length);
    await writeLightCurve(path, curve);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('of several gzip members, as other programs write them, is read whole', async () => {
    const path = join(directory, 'members.lc.gz');
    writeFileSync(path, Buffer.concat(['0 1 0 0\n25 ', '2 0 0\n'].map((part) => gzipSync(part))));
    const { curve } = await readLightCurve(inputFile(path));
    expect([...curve.flux]).toEqual([1, 2]);
  });

  test('has four columns, with the time in seconds', async () => {
    const path = join(directory, 'seconds.lc.gz');
    await writeLightCurve(
      path,
      curveOf([
        [0, 1],
        [0.5, 0.99, 1, 0.001],
      ]),
    );
    expect(gunzipSync(readFileSync(path)).toString()).toBe('0 1 0 0\n43200 0.99 1 0.001\n');
  });

  test('may have comments, empty lines, tabs, carriage returns and no last newline', async () => {
    const stored = await readLightCurve(textFile('# made by hand\n# a=1\n\n0 1 0 0\r\n \t25\t0.5  0 0.1 '));
    expect([...stored.curve.flux]).toEqual([1, 0.5]);
    expect({ ...stored.header }).toEqual({ a: 1 });
  });

  test('has the samples flagged that are not finite', async () => {
    const stored = await readLightCurve(textFile('0 1 0 0\n25 nan 0 0\n50 NaN 3 0\n75 inf 0 0\n'));
    expect([...stored.curve.flag]).toEqual([0, 1, 3, 1]);
    expect(stored.invalidCount).toBe(2);
  });

  const wrong: readonly (readonly [text: string, message: string])[] = [
    ['', 'the light curve has no samples'],
    ['# only=comments\n', 'the light curve has no samples'],
    ['0 1 0 0\n25 1 0\n', 'line 2: 3 columns, not 4'],
    ['0 1 0 0 7\n', 'line 1: more than 4 columns'],
    ['# x\n\n0 1 0 zero\n', 'line 3: column 4 is no number: "zero"'],
    ['0,1,0,0\n', 'line 1: comma-separated columns must have the titles time[s],flux,flag,uncertainty'],
    ['0 1 0 0\n0 1 0 0\n', 'line 2: the time is not later than the one before'],
    ['25 1 0 0\n0 1 0 0\n', 'line 2: the time is not later than the one before'],
    ['nan 1 0 0\n', 'line 1: the time is not finite'],
    ['0 1 0 -1\n', 'line 1: the uncertainty is negative'],
    [`0 1 0 0\n${'1'.repeat(70_000)}`, 'line 2: is longer than 65536 bytes'],
  ];
  test.each(wrong)('that is wrong is refused, with the line: %j', async (text, message) => {
    await expect(readLightCurve(textFile(text))).rejects.toThrow(`curve.lc.gz`);
    await expect(readLightCurve(textFile(text))).rejects.toThrow(message);
  });

  test('that is cut off, damaged or missing is refused by name', async () => {
    const whole = gzipSync(
      Array.from({ length: 1000 }, (_, index) => `${index} ${Math.sqrt(index)} 0 0\n`).join(''),
    );
    const path = join(directory, 'damaged.lc.gz');
    writeFileSync(path, whole.subarray(0, 2000));
    await expect(readLightCurve(inputFile(path))).rejects.toThrow('damaged.lc.gz cannot be read');
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 3000, 3100);
    writeFileSync(path, damaged);
    await expect(readLightCurve(inputFile(path))).rejects.toThrow('damaged.lc.gz');
    await expect(readLightCurve(inputFile(join(directory, 'none')))).rejects.toThrow('none cannot be read');
  });

  test('cannot reach the prototype of anything through its header', async () => {
    const stored = await readLightCurve(textFile('# __proto__=1\n# constructor=2\n0 1 0 0\n'));
    expect(Object.keys(stored.metadata)).toEqual(['__proto__', 'constructor']);
  });
});

describe('binning', () => {
  const minute = 60 / 86_400;

  test('takes means at the middle of full bins, without flagged samples', () => {
    const curve = curveOf([
      [0, 1, 0, 0.3],
      [minute, 3, 0, 0.4],
      [2 * minute, 5, 0, 0.1],
      [3 * minute, 100, 1, 0.1],
    ]);
    const binned = binLightCurve(curve, 2 * minute);
    expect([...binned.flux]).toEqual([2, 5]);
    expect(binned.time[0]).toBeCloseTo(0.5 * minute, 14);
    expect(binned.time[1]).toBeCloseTo(2.5 * minute, 14);
    expect(binned.uncertainty[0]).toBeCloseTo(0.25, 14);
    expect(binned.uncertainty[1]).toBeCloseTo(0.1, 14);
  });

  test('leaves no row for a gap, and keeps the raster behind it', () => {
    const curve = curveOf([0, 1, 2, 3, 10, 11].map((at) => [at * minute, at] as const));
    const binned = binLightCurve(curve, 2 * minute);
    expect([...binned.time].map((each) => each / minute)).toEqual(
      [0.5, 2.5, 10.5].map((each) => expect.closeTo(each)),
    );
    expect([...binned.flux]).toEqual([0.5, 2.5, 10.5]);
    expect([...binned.uncertainty]).toEqual([0, 0, 0]);
  });
});

describe('multiplying', () => {
  test('interpolates the second curve at the times of the first', () => {
    const first = curveOf([
      [0, 1, 0, 0.1],
      [0.25, 2, 0, 0.1],
      [1, 1, 0, 0.1],
    ]);
    const { curve, missing } = multiplyLightCurves(
      first,
      curveOf([
        [0, 2],
        [1, 4],
      ]),
    );
    expect([...curve.flux]).toEqual([2, 5, 4]);
    expect(curve.uncertainty[1]).toBeCloseTo(0.25, 14);
    expect(missing).toBe(0);
  });

  test('flags samples for which the second curve has no value', () => {
    const first = curveOf([
      [0, 1],
      [1, 1],
      [1.5, 1],
      [2.5, 1],
      [3, 1],
      [4, 1, 2],
    ]);
    const { curve, missing } = multiplyLightCurves(
      first,
      curveOf([
        [1, 2],
        [2, 2],
        [3, 2, 1],
      ]),
    );
    expect([...curve.flag]).toEqual([1, 0, 0, 1, 1, 2]);
    expect([...curve.flux]).toEqual([1, 2, 2, 1, 1, 1]);
    expect(missing).toBe(4);
  });
});
