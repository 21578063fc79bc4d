import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isArchive, readTable } from '../../core/light-curve/read-tables.ts';
import { writeTables } from '../../core/light-curve/write-tables.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel_test_tables_'));
  path = join(folder, 'a.tar.gz');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (table = 'spectrum') => readTable({ path, name: 'a.tar.gz', table });

/** An archive of these files. */
async function archive(files: Readonly<Record<string, string>>): Promise<void> {
  const entries = pack();
  for (const [name, text] of Object.entries(files)) entries.entry({ name }, text);
  entries.finalize();
  const blocks: Buffer[] = [];
  for await (const block of entries) blocks.push(block as Buffer);
  await writeFile(path, gzipSync(Buffer.concat(blocks)));
}

test('reads what was written, over the borders of blocks', async () => {
  const periods = Float64Array.from({ length: 200_000 }, (_, index) => 0.5 + index / 7);
  const powers = periods.map((period) => Math.sin(period) * 1e-7);
  const other = [{ title: 'x', values: Float64Array.of(1) }];
  const spectrum = [
    { title: 'period[d]', values: periods },
    { title: 'power', values: powers },
  ];
  await writeTables(path, { folded: other, spectrum });
  expect(await isArchive(path)).toBe(true);
  const found = await read();
  expect(found.map(({ title }) => title)).toEqual(['period[d]', 'power']);
  expect(found[0]?.values.length).toBe(200_000);
  const worst = powers.reduce(
    (most, power, row) => Math.max(most, Math.abs((found[1]?.values[row] ?? 1) / power - 1)),
    0,
  );
  expect(worst).toBeLessThan(1e-12);
  expect(await read('folded')).toEqual(other);
});

test('a table without a newline at its end, and one without rows', async () => {
  await archive({ 'spectrum.csv': 'a,b\r\n1,2\r\n3,nan', 'none.csv': 'a,b\n' });
  expect(await read()).toEqual([
    { title: 'a', values: Float64Array.of(1, 3) },
    { title: 'b', values: Float64Array.of(2, Number.NaN) },
  ]);
  expect((await read('none')).map(({ values }) => values.length)).toEqual([0, 0]);
});

test.each([
  ['no such table', { 'other.csv': 'a\n1\n' }, 'a.tar.gz has no spectrum.csv: it holds "other.csv"'],
  ['an empty one', { 'spectrum.csv': '' }, 'a.tar.gz, spectrum.csv: it is empty'],
  [
    'a word among numbers',
    { 'spectrum.csv': 'a,b\n1,2\n3,x\n' },
    'spectrum.csv, below its titles, line 2: column 2 is no number: "x"',
  ],
  ['a row too short', { 'spectrum.csv': 'a,b\n1\n' }, 'line 1: 1 columns, not 2'],
  ['too many columns', { 'spectrum.csv': `${'a,'.repeat(200)}a\n` }, 'it has more than 100 columns'],
  ['a line without end', { 'spectrum.csv': 'a'.repeat(200_000) }, 'longer than 65536 bytes'],
  ['a path that climbs', { '../spectrum.csv': 'a\n1\n' }, 'has no spectrum.csv: it holds "../spectrum.csv"'],
])('refuses %s', async (_, files, message) => {
  await archive(files);
  await expect(read()).rejects.toThrow(message);
});

test('refuses thousands of entries, and an archive cut short', async () => {
  await archive(Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`${index}`, ''])));
  await expect(read()).rejects.toThrow('more than 1000 entries');
  await writeTables(path, {
    spectrum: [{ title: 'a', values: Float64Array.from({ length: 1e5 }, Math.sqrt) }],
  });
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length / 2));
  await expect(read()).rejects.toThrow('a.tar.gz cannot be read');
});

test('what is no archive: text, gzip text, random bytes, nothing', async () => {
  for (const bytes of [
    Buffer.from('1 2 0 0\n'),
    gzipSync('1 2 0 0\n'),
    Buffer.from([0x1f, 0x8b, 1, 2, 3]),
    Buffer.alloc(0),
  ]) {
    await writeFile(path, bytes);
    expect(await isArchive(path)).toBe(false);
    await expect(read()).rejects.toThrow('a.tar.gz');
  }
});
