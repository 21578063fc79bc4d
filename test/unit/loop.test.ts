import { describe, expect, test } from 'vitest';
import type { Scope } from '../../core/model/expression/expression.ts';
import { loopCount, loopValues } from '../../core/model/loop.ts';
import { type Dict, dict, parseJson, type Value } from '../../core/model/values.ts';

const scope = (metadata: Dict = dict()): Scope => ({
  metadata,
  requestedMetadata: dict(),
  random: () => 0.25,
});

function loop(json: string): Dict {
  const value = parseJson(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value;
}

function all(json: string, metadata?: Dict): Value[] {
  const { count, at } = loopValues(loop(json), scope(metadata));
  return Array.from({ length: count }, (_, index) => at(index));
}

/** What numpy 2.4 gives for linspace(start, end, count). */
const LINEAR: [string, number[]][] = [
  ['[-3, 7, 7]', [-3, -1.3333333333333333, 0.3333333333333335, 2, 3.666666666666667, 5.333333333333334, 7]],
  ['[0.001, 1000, 5]', [0.001, 250.00075, 500.0005, 750.00025, 1000]],
  ['[5, 5, 3]', [5, 5, 5]],
  ['[7, -3, 2]', [7, -3]],
  ['[2.5, 9, 1]', [2.5]],
  ['[1, 2, 0]', []],
];

/** What numpy 2.4 gives for logspace(log10(start), log10(end), count). */
const LOGARITHMIC: [string, number[]][] = [
  [
    '["(constants.Rearth / 8)", "(constants.Rearth * 8)", 8]',
    [
      0.0111393575, 0.020178359384891265, 0.0365520352018354, 0.06621208651861935, 0.11993970724040547,
      0.21726446226504056, 0.3935631297540395, 0.71291888,
    ],
  ],
  [
    '["(73 / 5)", "(73 * 5)", 10]',
    [
      14.600000000000001, 20.877549565307437, 29.85425177067595, 42.69065897790786, 61.04632525937727,
      87.29436173852933, 124.82824410739896, 178.50053791113132, 255.25026216943036, 364.99999999999994,
    ],
  ],
  ['[1e-300, 1e300, 7]', [1e-300, 1e-200, 1e-100, 1, 1e100, 1e200, 1e300]],
  [
    '[5, 0.001, 6]',
    [
      5.000000000000001, 0.9102821015130403, 0.1657227008669994, 0.030170881682725838, 0.005492802716530591,
      0.001,
    ],
  ],
  ['[3, 9, 1]', [3]],
];

describe('ranges', () => {
  test.each(LINEAR)('linear_range %s gives the numbers of numpy', (range, expected) => {
    expect(all(`{"linear_range": ${range}}`)).toEqual(expected);
  });

  test.each(LOGARITHMIC)('log_range %s gives the numbers of numpy to 1e-12', (range, expected) => {
    const values = all(`{"log_range": ${range}}`).map(Number);
    expect(values).toHaveLength(expected.length);
    for (const [index, value] of values.entries()) {
      expect(Math.abs(value / (expected[index] ?? 0) - 1)).toBeLessThan(1e-12);
    }
  });

  test('both ends are exact, and every value is a float', () => {
    const values = all('{"log_range": ["(73 / 5)", "(73 * 5)", 10]}');
    expect([values[0], values[9]]).toEqual([14.6, 365]); // 10 ** log10(365) is a little less
    expect(values.every((value) => typeof value === 'number')).toBe(true);
    expect(all('{"linear_range": [0, 10, 3]}').every((value) => typeof value === 'number')).toBe(true);
  });

  test('ends and count may be expressions of outer variables, and the count a whole float', () => {
    const outer = dict([['n', 6n]]);
    expect(
      all(`{"linear_range": ["(metadata['n'])", "(metadata['n'] * 2)", "(metadata['n'] / 2)"]}`, outer),
    ).toEqual([6, 9, 12]);
  });

  test('ten million values are no list: the last is there at once', () => {
    const { count, at } = loopValues(loop('{"linear_range": [1, 10000000, 10000000]}'), scope());
    expect([count, at(0), at(9_999_999), at(4_999_999)]).toEqual([10_000_000, 1, 10_000_000, 5_000_000]);
  });
});

describe('values', () => {
  test('keep their kinds, and are evaluated when asked for', () => {
    expect(all(`{"values": [1, 1.0, "a", "('x' + metadata['y'])", [1], null]}`, dict([['y', 'z']]))).toEqual([
      1n,
      1,
      'a',
      'xz',
      [1n],
      null,
    ]);
    const { count, at } = loopValues(loop(`{"values": [1, "(metadata['missing'])"]}`), scope());
    expect([count, at(0)]).toEqual([2, 1n]);
    expect(() => at(1)).toThrow('KeyError');
  });

  test('may be one expression that gives a list', () => {
    expect(all(`{"values": "([1, 2] + [metadata['n']])"}`, dict([['n', 3n]]))).toEqual([1n, 2n, 3n]);
  });

  test('that draw random numbers are drawn together, so that order of asking does not matter', () => {
    let drawn = 0;
    const random = (): number => {
      drawn += 1;
      return drawn / 16;
    };
    const given = loop('{"values": ["(random.random())", "(random.random())", "(random.random())"]}');
    const { at } = loopValues(given, { metadata: dict(), requestedMetadata: dict(), random });
    expect([at(2), at(0), at(2)]).toEqual([3 / 16, 1 / 16, 3 / 16]);
    expect(drawn).toBe(3);
  });
});

test.each([
  ['{}', 'exactly one of values, linear_range, log_range: none is there'],
  ['{"values": [], "log_range": [1, 2, 3]}', 'values and log_range are there'],
  ['{"values": 3}', 'values: expected a list, found 3'],
  ['{"values": "(3)"}', 'values: expected a list, found 3'],
  ['{"linear_range": [1, 2]}', 'linear_range: expected [start, end, count], found 2 items'],
  ['{"linear_range": ["a", 2, 3]}', 'linear_range[0]: expected a finite number, found "a"'],
  ['{"linear_range": [1, null, 3]}', 'linear_range[1]: expected a finite number, found null'],
  [
    '{"linear_range": [1, 2, 2.5]}',
    'linear_range[2]: expected a count (a whole number, 0 or more), found 2.5',
  ],
  ['{"linear_range": [1, 2, -1]}', 'found -1'],
  ['{"linear_range": [-1e308, 1e308, 3]}', 'too wide for floating point'],
  ['{"log_range": [0, 2, 3]}', 'log_range: start and end must be greater than 0, not 0 and 2'],
  ['{"log_range": [1, -2, 3]}', 'not 1 and -2'],
  ['{"linear_range": [1, 2, 10000001]}', 'max_loop_count (10000000)'],
])('%s fails with a message that names the key', (json, message) => {
  expect(() => loopValues(loop(json), scope())).toThrow(message);
});

test('the count can be asked for without the values, and bounded', () => {
  expect(loopCount(loop(`{"linear_range": ["(metadata['x'])", 2, 5]}`), scope())).toBe(5);
  expect(loopCount(loop(`{"values": ["(metadata['x'])"]}`), scope())).toBe(1);
  expect(() => loopCount(loop('{"values": [1, 2, 3]}'), scope(), 2)).toThrow('max_loop_count (2)');
});
