import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { ingestedName } from '../../core/model/ingested-name.ts';
import { run } from '../../worker/types/ingest-external-lcs.ts';
import { inputFile, makeContext, makeDirectory, type RecordedContext } from './science-context.ts';

function area(files: { readonly [name: string]: string | Buffer }): string {
  const directory = makeDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

function prepare(
  inputArea: string,
  settings: RecordedContext['settings'],
  names: readonly string[],
): RecordedContext {
  const directory = makeDirectory();
  const outputs = Object.fromEntries(names.map((name) => [name, join(directory, name)]));
  return makeContext({ inputArea, settings: { lc_type: 'csv', ...settings }, outputs });
}

async function read(context: RecordedContext, name: string) {
  return await readLightCurve(inputFile(context.outputs[name] ?? ''));
}

describe('ingesting', () => {
  test('takes each file of a glob, and puts the start of each at 0', async () => {
    const inputArea = area({
      'stars/a.csv': 'time,flux,error\n100.5,1.0,0.1\n101.5, 0.9 ,0.2\n',
      'stars/b.csv.gz': gzipSync('7,1\n8,0.5\n'),
      'stars/c.dat': 'not read',
    });
    const context = prepare(inputArea, { input_path: 'st*/[ab].csv*' }, ['a.lc.gz', 'b.lc.gz']);
    expect(await run(context)).toEqual({ lightcurve_count: 2 });
    const a = await read(context, 'a.lc.gz');
    expect([[...a.curve.time], [...a.curve.flux], [...a.curve.uncertainty]]).toEqual([
      [0, 1],
      [1, 0.9],
      [0.1, 0.2],
    ]);
    expect({ ...a.header }).toEqual({ time_origin: 100.5 });
    expect([...(await read(context, 'b.lc.gz')).curve.flux]).toEqual([1, 0.5]);
    expect(context.logged).toEqual([]);
  });

  test('keeps the header of lcsg files, in the file and as metadata of a single one', async () => {
    const text = '# #orbital_period=12.5\n# #name=KIC 1\n# a remark\n5,1,0\n6,0.5,1\n';
    const context = prepare(area({ 'x.lcsg': text }), { lc_type: 'lcsg', input_path: '*.lcsg' }, ['x.lc.gz']);
    const header = { orbital_period: 12.5, name: 'KIC 1', time_origin: 5 };
    expect(await run(context)).toEqual({ ...header, lightcurve_count: 1 });
    const stored = await read(context, 'x.lc.gz');
    expect({ ...stored.metadata }).toEqual(header);
    expect([...stored.curve.flag]).toEqual([0, 1]);
  });

  test('repairs what it can, and says how much', async () => {
    const text = '3,1\n1,1\nnan,1\n2,nan\n2,0.5\n';
    const context = prepare(area({ 'x.csv': text }), { input_path: 'x.csv' }, ['x.lc.gz']);
    await run(context);
    const { curve } = await read(context, 'x.lc.gz');
    expect([...curve.time]).toEqual([0, 1, 2]);
    expect([...curve.flag]).toEqual([0, 1, 0]);
    expect(context.logged.map(({ message }) => message)).toEqual([
      'x.csv: 1 samples without a time dropped',
      'x.csv: 1 samples that are not finite flagged',
      'x.csv: 1 samples out of order sorted',
      'x.csv: 1 samples with the time of another dropped',
    ]);
  });

  test.each([
    ['1,2,3,4\n', 'more than 2 to 3 columns'],
    ['1\n', '1 columns, not 2 to 3'],
    ['1 2\n', 'the columns must be separated by commas'],
    ['t,f\nx,1\n', 'line 2: column 1 is no number: "x"'],
    ['1,\n', 'column 2 is no number: it is empty'],
    ['', 'no samples'],
  ])('refuses %j, naming the file', async (text, message) => {
    const context = prepare(area({ 'x.csv': text }), { input_path: 'x.csv' }, ['x.lc.gz']);
    await expect(run(context)).rejects.toThrow(message);
  });

  test.each(['../*.csv', '/etc/*', 'a/../../b'])('does not leave the input area by %s', async (glob) => {
    await expect(run(prepare(area({ 'x.csv': '1,1\n' }), { input_path: glob }, []))).rejects.toThrow(
      /may not|relative/,
    );
  });

  test('does not follow a link out of the input area', async () => {
    const outside = area({ 'secret.csv': '1,1\n2,1\n' });
    const inputArea = area({ 'x.csv': '1,1\n2,1\n' });
    symlinkSync(join(outside, 'secret.csv'), join(inputArea, 'y.csv'));
    symlinkSync(outside, join(inputArea, 'deep'));
    await expect(run(prepare(inputArea, { input_path: '*.csv' }, ['x.lc.gz']))).rejects.toThrow(
      'y.csv is a link',
    );
    await expect(run(prepare(inputArea, { input_path: 'deep/*.csv' }, []))).rejects.toThrow('deep is a link');
  });

  test('agrees with the outputs that were declared', async () => {
    const inputArea = area({ 'x.csv': '1,1\n2,1\n', 'new.csv': '1,1\n' });
    const context = prepare(inputArea, { input_path: '*.csv' }, ['x.lc.gz']);
    expect(await run(context)).toMatchObject({ lightcurve_count: 1 });
    expect(context.logged[0]?.message).toContain('new.csv appeared after the task was prepared');
    const gone = prepare(inputArea, { input_path: '*.csv' }, ['x.lc.gz', 'y.lc.gz']);
    await expect(run(gone)).rejects.toThrow('the file for y.lc.gz is no longer in the input area');
  });

  test('refuses two files that would have one name, no file, and an unknown type', async () => {
    const inputArea = area({ 'a/x.csv': '1,1\n', 'b/x.dat': '1,1\n' });
    await expect(run(prepare(inputArea, { input_path: '*/x.*' }, ['x.lc.gz']))).rejects.toThrow(
      'both become x.lc.gz',
    );
    await expect(run(prepare(inputArea, { input_path: 'none' }, []))).rejects.toThrow('matches none');
    await expect(run(prepare(inputArea, { input_path: 'x', lc_type: 'fits' }, []))).rejects.toThrow(
      'lcsg or csv',
    );
  });
});

test('the name of an ingested product is the base name without known extensions', () => {
  const names = ['a.csv', 'd/e/a.b.LCSG', 'a.csv.gz', 'a.fits', 'a.tar.dat', '.csv', 'plain'];
  expect(names.map((name) => ingestedName(name, '.lc.gz'))).toEqual(
    ['a', 'a.b', 'a', 'a.fits', 'a.tar', '.csv', 'plain'].map((stem) => `${stem}.lc.gz`),
  );
});
