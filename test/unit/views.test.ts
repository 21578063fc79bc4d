/** The pure parts of what pages show: estimates, patterns of errors, tables in texts, curves thinned out, files that are no versions. */
import { linkSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { thinOut } from '../../core/light-curve/decimate.ts';
import { allocateLightCurve } from '../../core/light-curve/light-curve.ts';
import { writeTables } from '../../core/light-curve/write-tables.ts';
import { errorPattern } from '../../core/model/error-pattern.ts';
import { estimateEnd } from '../../core/model/estimate.ts';
import { prettyJson } from '../../core/model/pretty-json.ts';
import { readPreviewTable } from '../../core/model/preview-table.ts';
import { parseJson } from '../../core/model/values.ts';
import { readPreview } from '../../core/runtime/previews.ts';
import { openVersion } from '../../core/runtime/version-file.ts';

describe('the estimate of the end', () => {
  const pace = { submitted_at: 0, now: 1_000, paused: false, pending_flows: 0 };
  const type = (states: object, mean_ms: number | null = 10) => ({ type: 't', states, mean_ms });

  test('by the task time that is left', () => {
    expect(estimateEnd({ ...pace, types: [type({ done: 5, ready: 5 })] })).toEqual({
      ends_at: 2_000,
      fraction: 0.5,
      at_least: false,
    });
    const slow = [type({ done: 90 }, 1), type({ done: 1, waiting: 9 }, 10)];
    expect(estimateEnd({ ...pace, types: slow })).toMatchObject({ ends_at: 1_900, fraction: 100 / 190 });
  });

  test('what still grows, or was never timed, can only become later', () => {
    expect(estimateEnd({ ...pace, pending_flows: 1, types: [type({ done: 5, ready: 5 })] })?.at_least).toBe(
      true,
    );
    expect(
      estimateEnd({ ...pace, types: [type({ done: 5, ready: 5 }), type({ ready: 1 }, null)] })?.at_least,
    ).toBe(true);
  });

  test('nothing, where nothing can be said', () => {
    expect(estimateEnd({ ...pace, types: [type({ ready: 5 }, null)] })).toBeNull();
    expect(estimateEnd({ ...pace, types: [type({ ready: 5 })] })).toBeNull();
    expect(estimateEnd({ ...pace, paused: true, types: [type({ done: 1, ready: 5 })] })).toBeNull();
    expect(estimateEnd({ ...pace, types: [type({ done: 5 })] })).toBeNull();
  });
});

test.each([
  ['no file /data/x17.gz', 'no file <path>'],
  ['\n  got 3 of 4.5e-3 points\nmore', 'got # of # points'],
  ["KeyError: 'depth' in a/b.txt", "KeyError: '…' in <path>"],
  ['block 0xdeadbeef01 is bad', 'block <hex> is bad'],
  ['Traceback (most recent call last):\n  File "x.py", line 3\nValueError: bad 7', 'ValueError: bad #'],
  ['the command ended with exit status 3; its last messages:\nno disk 4', 'no disk #'],
  ['', ''],
])('the pattern of %j is %j', (text, pattern) => {
  expect(errorPattern(text)).toBe(pattern);
});

test('a job file for people: short things on one line, numbers as they were', () => {
  const text = `{"task_list":[{"task":"null","duration":1.0,"n":[1,2]}],"long":"${'x'.repeat(90)}"}`;
  expect(prettyJson(parseJson(text)).split('\n').slice(0, 4)).toEqual([
    '{',
    '  "task_list": [{ "task": "null", "duration": 1.0, "n": [1, 2] }],',
    `  "long": "${'x'.repeat(90)}"`,
    '}',
  ]);
  expect(parseJson(prettyJson(parseJson(text)))).toEqual(parseJson(text));
});

describe('tables in texts', () => {
  test('with titles, with comments, without titles', () => {
    expect(readPreviewTable('a,b\n1,x\n2,y\n', false)).toEqual({
      titles: ['a', 'b'],
      rows: [
        ['1', 'x'],
        ['2', 'y'],
      ],
      cut: false,
    });
    expect(readPreviewTable('# c\n0 1.0 0\n1 nan 0\n2 0', true)).toEqual({
      titles: null,
      rows: [
        ['0', '1.0', '0'],
        ['1', 'nan', '0'],
      ],
      cut: true,
    });
  });
  test('what is none', () => {
    for (const text of ['', 'one line', 'some words here\nand more of those words', 'a,b\n1,2,3\n'])
      expect(readPreviewTable(text, false)).toBeNull();
  });
});

test('a curve is thinned out so that a transit of one sample is still there', () => {
  const curve = allocateLightCurve(500_000);
  for (let at = 0; at < 500_000; at++) [curve.time[at], curve.flux[at]] = [at / 1_000, 1];
  curve.flux[123_456] = 0.5;
  [curve.flux[7], curve.flag[7]] = [9, 1];
  const begin = performance.now();
  const shown = thinOut(curve, 20_000);
  expect(performance.now() - begin).toBeLessThan(1_000);
  expect(shown.samples).toBe(500_000);
  expect(shown.time.length).toBeLessThanOrEqual(20_000);
  expect(shown.flux).toContain(0.5);
  expect(shown.flag.filter((flag) => flag === 1)).toHaveLength(1);
  expect(shown.time).toEqual(shown.time.toSorted((a, b) => a - b));
  curve.flux[3] = Number.NaN;
  expect(thinOut(curve, 1_000_000)).toMatchObject({ thinned: false, samples: 500_000 });
});

describe('files of versions', () => {
  const output = mkdtempSync(join(tmpdir(), 'easel_views_'));
  const versions = join(output, '.easel', 'versions');
  mkdirSync(join(versions, '1'), { recursive: true });
  const areas = { input: output, output };
  writeFileSync(join(output, 'secret'), 'secret');
  writeFileSync(join(versions, '1', 'a'), 'hello');
  symlinkSync(join(output, 'secret'), join(versions, '1', 'link'));
  symlinkSync(output, join(versions, 'out'));
  linkSync(join(output, 'secret'), join(versions, '1', 'hard'));
  const recorded = (file: string, size: number) => ({ file, size, address: 'a.txt' });

  test('are opened, when they are what the record says', async () => {
    await using file = await openVersion(areas, recorded('1/a', 5));
    expect(String(await file.readFile())).toBe('hello');
  });

  test.each([
    ['1/link', 6, 'a link stands in its place'],
    ['out/secret', 6, 'a link stands in its place'],
    ['../../secret', 6, 'names no place'],
    ['/etc/passwd', 6, 'names no place'],
    ['1/\0', 6, 'names no place'],
    ['1', 6, 'no regular file'],
    ['1/a', 6, 'it has 5 bytes instead of 6'],
    ['1/none', 6, 'it is missing'],
  ])('%j is refused', async (file, size, reason) => {
    await expect(openVersion(areas, recorded(file, size))).rejects.toThrow(reason);
  });

  async function preview(content: Buffer | string, bytes = 100) {
    writeFileSync(join(versions, '1', 'p'), content);
    await using file = await openVersion(areas, recorded('1/p', Buffer.from(content).length));
    return await readPreview(file, { name: 'p', bytes });
  }

  test('are shown as text, unpacked, up to a bound; or named binary', async () => {
    expect((await preview('é'.repeat(60), 51)).parts).toMatchObject([
      { kind: 'text', text: 'é'.repeat(25), cut: true },
    ]);
    expect((await preview(gzipSync('x'.repeat(10_000_000)))).parts).toMatchObject([
      { text: 'x'.repeat(100), cut: true },
    ]);
    expect((await preview(Buffer.of(1, 0, 2, 0xff))).parts).toEqual([{ kind: 'binary', name: '' }]);
    await writeTables(join(versions, '1', 't'), {
      spectrum: [
        { title: 'p', values: Float64Array.of(1, 2) },
        { title: 'q', values: Float64Array.of(3, 4) },
      ],
    });
    const archive = await preview(readFileSync(join(versions, '1', 't')));
    expect(archive).toMatchObject({
      is_archive: true,
      cut: false,
      parts: [{ name: 'spectrum.csv', table: { titles: ['p', 'q'] } }],
    });
  });
});
