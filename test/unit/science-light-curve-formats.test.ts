import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LIGHT_CURVE_FORMATS } from '../../core/light-curve/formats.ts';
import type { LightCurve, Metadata } from '../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import { inputFile, makeDirectory } from './science-context.ts';

const directory = makeDirectory();
const path = join(directory, 'curve');

const curve: LightCurve = {
  time: Float64Array.from({ length: 20_000 }, (_, index) => (index * 25) / 86_400),
  flux: Float64Array.from({ length: 20_000 }, (_, index) => 1 + 1e-3 * Math.sin(index)),
  flag: Float64Array.from({ length: 20_000 }, (_, index) => (index % 7 === 3 ? 4 : 0)),
  uncertainty: new Float64Array(20_000).fill(1e-4),
};
const header: Metadata = {
  orbital_period: 10.054,
  known: false,
  star: "Barnard's 100% \u03c0 \ud83c\udf1f",
  remark: `${'a b'.repeat(60)} =end#`,
};

async function readText(text: string | Buffer): Promise<Awaited<ReturnType<typeof readLightCurve>>> {
  writeFileSync(path, text);
  return await readLightCurve(inputFile(path));
}

describe.each(LIGHT_CURVE_FORMATS)('a light curve as %s', (format) => {
  test.each(['plain', 'packed.gz'])('comes back whole, whatever its name: %s', async (name) => {
    const file = join(directory, `${format}-${name}`);
    await writeLightCurve(file, curve, header, format);
    const stored = await readLightCurve(inputFile(file));
    expect({ ...stored.header }).toEqual(header);
    expect(stored.curve.flag).toEqual(curve.flag);
    for (const [row, time] of curve.time.entries()) {
      if (Math.abs((stored.curve.time[row] ?? 0) - time) > 1e-12) throw new Error(`time of row ${row}`);
      if (Math.abs((stored.curve.flux[row] ?? 0) - (curve.flux[row] ?? 0)) > 1e-13)
        throw new Error(`flux ${row}`);
    }
    expect(stored.curve.uncertainty[7]).toBe(1e-4);
    const isPacked = readFileSync(file).subarray(0, 2).equals(Buffer.of(0x1f, 0x8b));
    expect(isPacked).toBe(format === 'text' || name.endsWith('.gz'));
  });

  test('has the same bytes again', async () => {
    await writeLightCurve(path, curve, header, format);
    const bytes = readFileSync(path);
    await writeLightCurve(path, curve, header, format);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('has samples that are not finite flagged', async () => {
    const bad = { ...curve, flux: curve.flux.map((each, index) => (index === 5 ? Number.NaN : each)) };
    await writeLightCurve(path, bad, {}, format);
    const stored = await readLightCurve(inputFile(path));
    expect(stored.invalidCount).toBe(1);
    expect(stored.curve.flag[5]).toBe(1);
  });
});

describe('CSV', () => {
  const titles = 'time[s],flux,flag,uncertainty';

  test('is a title row after the header, and rows in seconds', async () => {
    const short = { time: [0, 0.5], flux: [1, 0.99], flag: [0, 1], uncertainty: [0, 0.001] };
    const [time, flux, flag, uncertainty] = Object.values(short).map((each) => Float64Array.from(each));
    if (!(time && flux && flag && uncertainty)) throw new Error('four columns');
    await writeLightCurve(path, { time, flux, flag, uncertainty }, { a: 1 }, 'csv');
    expect(readFileSync(path, 'utf8')).toBe(`# a=1\n${titles}\n0,1,0,0\n43200,0.99,1,0.001\n`);
  });

  test('may have blanks and carriage returns', async () => {
    const stored = await readText('# a=1\r\n\r\ntime[s], flux, flag, uncertainty\r\n0, 1, 0, 0\r\n25,2,0,0');
    expect([...stored.curve.flux]).toEqual([1, 2]);
    expect({ ...stored.header }).toEqual({ a: 1 });
  });

  test.each([
    [
      'time[d],flux,flag,uncertainty\n0,1,0,0\n',
      `line 1: comma-separated columns must have the titles ${titles}`,
    ],
    ['0,1,0,0\n', `line 1: comma-separated columns must have the titles ${titles}`],
    [`${titles}\n0,1,0\n`, 'line 2: 3 columns, not 4'],
    [`${titles}\n0 1 0 0\n`, 'line 2: the columns must be separated by commas'],
    [`${titles}\n25,1,0,0\n0,1,0,0\n`, 'line 3: the time is not later'],
    [`${titles}\n`, 'the light curve has no samples'],
  ])('%j is refused', async (text, message) => {
    await expect(readText(text)).rejects.toThrow(message);
  });
});

/** Five rows that astropy 8.0.1 wrote (table_to_hdu), with OBJECT and two COMMENT cards; gzip. */
const ASTROPY = Buffer.from(
  'H4sIAAAAAAACA+2YP2/TQBTAM/ABmFCFGJ7E4AGVJk6KWKI0SZ3qILaj+CKFqTrjS2oU+6zzVWomRj4AKx+Bla2fgZ2VlQE2GPGf' +
    'piKtTVpiISTeb7Of76f3fHfWOzvEHA0NgDYUQGEPXopwJmQQgxIwINSBWLHQY9KDQnqEjsi0xPc08TEp2RI8phioZcRhA1Z3Shwo' +
    '8dUTX3gauFyCmK3MfsDD2BdhXOgzptSwDkvrvTWZDEEQBEEQBPlvSNtJh9hWG7QesWi3NzS0X8J74Pohk0tQzF1w4Gcqb05LfX+1' +
    'f9Zv3z9nvkaxr5n6Fjycq5PUd2mCxob89JL89kt8erlv1LcnFr3ReWEuxWkEEZMs4IrL4nqPfudrXPfFG+aDDogxPHSKfa01X75k' +
    'Zj5feOVWSl+MjGw+NEpMI72lbbOe6cAem7lvdbDZzjexCM19cSW+tN5svWiD4WRaTb16hfWm+TUv8useVZNfs+L8Wpfv79gYj7fP' +
    'r1VdfnbvmdHP9pv2XN9tbu3r26ZpJBv4IQjp+ootjiMufeG1G/XH9f0/9wXM4+AugYVCnST7NZJinnxI8P8BgiDIDald0PlWW6Nz' +
    '/8nnLw/6uwfv8kc6X79//HTvzaNr8fewNv7g7pX4h53s+vWPEv/5avydnbfq/NXVeA1BEARBEARB/iF+AtBKqRzAIQAA',
  'base64',
);

/** A header of the standard: cards of 80 characters, END, blanks to 2880. */
function headerOf(cards: readonly string[]): Buffer {
  return Buffer.from(
    [...cards, 'END']
      .map((card) => card.padEnd(80))
      .join('')
      .padEnd(2880),
  );
}

const PRIMARY = [
  'SIMPLE  =                    T',
  'BITPIX  =                    8',
  'NAXIS   =                    0',
];
const TABLE = [
  "XTENSION= 'BINTABLE'           / binary table extension",
  'BITPIX  =                    8',
  'NAXIS   =                    2',
  'NAXIS1  =                   32',
  'NAXIS2  =                    2',
  'PCOUNT  =                    0',
  'GCOUNT  =                    1',
  'TFIELDS =                    4',
  "TTYPE1  = 'TIME    '",
  "TFORM1  = 'D       '",
  "TUNIT1  = 's       '",
  "TTYPE2  = 'FLUX    '",
  "TFORM2  = 'D       '",
  "TTYPE3  = 'FLAG    '",
  "TFORM3  = 'D       '",
  "TTYPE4  = 'FLUX_ERR'",
  "TFORM4  = 'D       '",
  "EXTNAME = 'LIGHTCURVE'",
];
/** Big-endian: 0, 1, 0, 0.5; 43200, 0.75, 1, 0. */
const ROWS = Buffer.from(
  '00000000000000003ff000000000000000000000000000003fe0000000000000' +
    '40e51800000000003fe80000000000003ff00000000000000000000000000000',
  'hex',
);

function fitsFile(table: readonly string[] = TABLE, primary: readonly string[] = PRIMARY): Buffer {
  return Buffer.concat([headerOf(primary), headerOf(table), ROWS, Buffer.alloc(2880 - ROWS.length)]);
}

describe('FITS', () => {
  test('is what the standard says, byte for byte', async () => {
    const short = {
      time: Float64Array.of(0, 0.5),
      flux: Float64Array.of(1, 0.75),
      flag: Float64Array.of(0, 1),
      uncertainty: Float64Array.of(0.5, 0),
    };
    await writeLightCurve(path, short, { a: 1 }, 'fits');
    const extend = [...PRIMARY, 'EXTEND  =                    T'];
    const cards = TABLE.map((card) => card.replace(/ +[/].*/, ''));
    expect(readFileSync(path).equals(fitsFile([...cards, 'COMMENT # a=1'], extend))).toBe(true);
    const stored = await readText(fitsFile());
    expect({ ...stored.curve }).toEqual(short);
  });

  test('takes half a surrogate pair for what it is in UTF-8', async () => {
    await writeLightCurve(path, curve, { star: 'half \ud83c' }, 'fits');
    expect((await readLightCurve(inputFile(path))).header.star).toBe('half \ufffd');
  });

  test('of another program is read', async () => {
    const stored = await readText(gunzipSync(ASTROPY));
    expect([...stored.curve.time].map((each) => each * 86_400)).toEqual([0, 1800, 3600, 5400, 7200]);
    expect([...stored.curve.flux]).toEqual([1, 0.999, 1, Number.NaN, 1.001]);
    expect([...stored.curve.flag]).toEqual([0, 0, 4, 1, 0]);
    expect([...stored.curve.uncertainty]).toEqual([1e-4, 1e-4, 1e-4, 1e-4, 1e-4]);
    expect({ ...stored.header }).toEqual({ orbital_period: 10.05 });
    expect((await readText(ASTROPY)).curve.time.length).toBe(5);
  });

  const changed = (from: string, to: string) => fitsFile(TABLE.map((card) => card.replace(from, to)));
  const wrong: readonly (readonly [what: string, file: Buffer, message: string])[] = [
    [
      'the wrong column',
      changed("'FLUX    '", "'SAP_FLUX'"),
      'TTYPE2 is "SAP_FLUX": in the FITS file of a light curve it is "FLUX"',
    ],
    [
      'no unit',
      changed('TUNIT1', 'TDISP1'),
      'TUNIT1 is missing: in the FITS file of a light curve it is "s"',
    ],
    ['days', changed("'s       '", "'d       '"), 'TUNIT1 is "d"'],
    ['short numbers', changed("TFORM2  = 'D", "TFORM2  = 'E"), "TFORM2 is E: it must be 'D'"],
    [
      'a fifth column',
      changed('TFIELDS =                    4', 'TFIELDS =                    5'),
      'TFIELDS is 5',
    ],
    [
      'scaling',
      changed("EXTNAME = 'LIGHTCURVE'", 'TSCAL2  =                  2.0'),
      'TSCAL2: scaled columns',
    ],
    ['a heap', changed('PCOUNT  =                    0', 'PCOUNT  =                   64'), 'PCOUNT is 64'],
    ['an image', changed('BINTABLE', 'IMAGE   '), 'XTENSION is "IMAGE"'],
    ['rows of another length', changed('                  32', '                  40'), 'NAXIS1 is 40'],
    ['fewer rows than it says', fitsFile().subarray(0, 2 * 2880 + 40), 'the file ends after row 0 of 2'],
    [
      'no rows',
      changed('NAXIS2  =                    2', 'NAXIS2  =                    0'),
      'the light curve has no samples',
    ],
    [
      'a negative number of rows',
      changed('NAXIS2  =                    2', 'NAXIS2  =                   -2'),
      'NAXIS2 is -2',
    ],
    [
      'a picture in front',
      fitsFile(TABLE, [...PRIMARY.slice(0, 2), 'NAXIS   =                    2']),
      'NAXIS is 2',
    ],
    ['no table', headerOf(PRIMARY), 'the file ends in a header'],
    ['no end', Buffer.concat([headerOf(PRIMARY), Buffer.alloc(2880, ' ')]), 'the file ends in a header'],
  ];
  test.each(wrong)('with %s is refused', async (_what, file, message) => {
    await expect(readText(file)).rejects.toThrow(message);
    await expect(readText(gzipSync(file))).rejects.toThrow('curve');
  });

  test('with rows that are no light curve is refused, with the row', async () => {
    const file = fitsFile();
    file.writeDoubleBE(-1, 2 * 2880 + 32);
    await expect(readText(file)).rejects.toThrow('curve, row 2: the time is not later than the one before');
  });
});
