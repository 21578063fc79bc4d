import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CompileCache } from '../../core/model/expression/compile-cache.ts';
import {
  compileExpression,
  ExpressionError,
  evaluateDeep,
  isExpression,
  namesUsed,
  shapeOf,
} from '../../core/model/expression/expression.ts';
import { type Dict, dict, isDict, type Value } from '../../core/model/values.ts';

/** A value of expression-cases.json: one key, the type. */
type Tagged = { [type: string]: unknown };

interface Case {
  source: string;
  value?: Tagged;
  error?: string;
  approximate?: boolean;
}

interface CaseFile {
  metadata: { [name: string]: Tagged };
  requestedMetadata: { [name: string]: Tagged };
  cases: Case[];
}

const file = JSON.parse(readFileSync(new URL('expression-cases.json', import.meta.url), 'utf8')) as CaseFile;
const scope = {
  metadata: fromTags(file.metadata),
  requestedMetadata: fromTags(file.requestedMetadata),
  random: () => 0.25,
};

function fromTags(tags: { [name: string]: Tagged }): Dict {
  return dict(Object.entries(tags).map(([name, tag]) => [name, fromTag(tag)]));
}

function fromTag(tag: Tagged): Value {
  const [[type, value] = ['none', null]] = Object.entries(tag);
  if (type === 'int') return BigInt(String(value));
  if (type === 'float') return pythonFloat(String(value));
  if (type === 'list') return (value as Tagged[]).map(fromTag);
  if (type === 'dict') return dict((value as [string, Tagged][]).map(([key, each]) => [key, fromTag(each)]));
  return type === 'none' ? null : (value as string | boolean);
}

function pythonFloat(text: string): number {
  return Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
}

function evaluate(source: string): Value {
  return compileExpression(source).evaluate(scope);
}

function failureOf(run: () => unknown): ExpressionError {
  try {
    run();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** What differs from CPython, as one line for each case: empty when all is well. */
function difference({ source, value, error, approximate }: Case): string {
  try {
    const got = evaluate(source);
    if (value === undefined) return `${source}: ${error} expected, got ${show(got)}`;
    const wanted = fromTag(value);
    if (approximate === true && typeof got === 'number' && typeof wanted === 'number') {
      return Math.abs(got - wanted) <= 2e-15 * Math.abs(wanted)
        ? ''
        : `${source}: ${wanted} expected, got ${got}`;
    }
    return show(got) === show(wanted) ? '' : `${source}: ${show(wanted)} expected, got ${show(got)}`;
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    if (error !== undefined && thrown.reason.includes(`${error}: `)) return '';
    return `${source}: ${error ?? JSON.stringify(value)} expected, got ${thrown.reason}`;
  }
}

/** Value and type; the keys of dicts sorted, since integer-like keys have an order of their own in JavaScript. */
function show(value: Value): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0f' : `${value}f`;
  if (Array.isArray(value)) return `[${value.map(show).join(',')}]`;
  if (!isDict(value)) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${key}:${show(value[key] ?? null)}`)
    .join(',')}}`;
}

describe('expressions beside CPython', () => {
  it('give the same value, of the same type, or the same exception', () => {
    expect(file.cases.length).toBeGreaterThan(250);
    expect(file.cases.map(difference).filter((line) => line !== '')).toEqual([]);
  });

  it('keep ints and floats apart: 1 is not 1.0', () => {
    expect(evaluate('(1)')).toBe(1n);
    expect(evaluate('(1.0)')).toBe(1);
    expect(evaluate("'{}_{}'.format(4 / 2, 4 // 2)")).toBe('2.0_2');
  });
});

describe('isExpression', () => {
  it('looks at the first non-blank character only', () => {
    expect(['(1)', "'a'", '"a"', ' \n\t(1', "'"].every(isExpression)).toBe(true);
    expect(['', ' ', 'a', '1', '\u00a0(1)', '[1]', '{x}', '-1', 'a (b)', '$x'].some(isExpression)).toBe(
      false,
    );
  });
});

describe('what an expression uses and its shape', () => {
  it('lists the free names it reads', () => {
    expect([...compileExpression("(metadata['a'] + constants.day)").uses].sort()).toEqual([
      'constants',
      'metadata',
    ]);
    expect([...compileExpression("('{x}'.format(**requested_metadata['s']))").uses]).toEqual([
      'requested_metadata',
    ]);
    expect([...compileExpression('(random.random())').uses]).toEqual(['random']);
    expect([...compileExpression('(sqrt(2) * pi)').uses]).toEqual([]);
  });

  it.each<[string, (string | null)[]]>([
    ['plain.gz', ['plain.gz']],
    ["'a.gz'", ['a.gz']],
    ["''", ['']],
    ["'a{x}.gz'.format(**metadata)", ['a', null, '.gz']],
    ["'{x}{y}'.format(**metadata)", [null]],
    ["'{{{x}}}'.format(**metadata)", ['{', null, '}']],
    ["'a_%d.gz' % metadata['i']", ['a_', null, '.gz']],
    ["'a_%d%%' % metadata['i']", ['a_', null, '%']],
    ["'a_' + str(metadata['i']) + '_b' '.gz'", ['a_', null, '_b.gz']],
    ["('a' + 'b{x}'.format(**metadata))", ['ab', null]],
    ["'a{}.gz'.format(1 + 1)", ['a2.gz']],
    ["'{}'.format(constants.day)", ['1']],
    ["('a.gz' if metadata['x'] else 'a.gz')", ['a.gz']],
    ["('a.gz' if metadata['x'] else 'b.gz')", [null]],
    ["('a' * metadata['i'])", [null]],
    ["('a%d' % metadata['i'] % 2)", [null]],
    ["metadata['name']", ["metadata['name']"]],
    ["(metadata['name'])", [null]],
    ['(1 + 2)', [null]],
    ["('a'.upper())", ['A']],
    ["('unfinished", [null]],
    ["'{'.format()", [null]],
  ])('tells the literal parts of %s', (text, shape) => {
    expect(shapeOf(text)).toEqual(shape);
  });
});

describe('evaluateDeep', () => {
  it('evaluates strings and keys wherever they stand, and leaves the rest', () => {
    const value = dict([
      ['plain', 'text'],
      ["'k_{i}'.format(**metadata)", ["(metadata['i'] * 2)", 1n, 2.5, true, null]],
      ['inner', dict([['a', '(1, 2)']])],
    ]);
    expect(show(evaluateDeep(value, scope))).toBe(
      '{inner:{a:[1n,2n]},k_7:[14n,1n,2.5f,true,null],plain:"text"}',
    );
  });

  it('shares nothing with the scope or the value', () => {
    const got = evaluateDeep(['(metadata)', []], scope) as Dict[];
    expect(got[0]).not.toBe(scope.metadata);
    expect(show(got[0]?.nested ?? null)).toBe(show(scope.metadata.nested ?? null));
    expect(got[0]?.nested).not.toBe(scope.metadata.nested);
  });

  it('says the JSON path of an error', () => {
    const value = dict([['specs', dict([['a b', ['x', "(metadata['zz'])"]]])]]);
    const error = failureOf(() => evaluateDeep(value, scope, '$.task_list[0]'));
    expect(error.path).toBe('$.task_list[0].specs["a b"][1]');
    expect(error.message).toContain('at $.task_list[0].specs["a b"][1]');
    expect(error.reason).toContain("KeyError: 'zz' (metadata has: i, n, x, ");
    expect(error.offset).toBe(9);
  });

  it('refuses keys that become equal, and keys that are no strings', () => {
    const same = dict([
      ['k', 1n],
      ["'k'", 2n],
    ]);
    expect(failureOf(() => evaluateDeep(same, scope)).reason).toBe("two keys become 'k'");
    expect(failureOf(() => evaluateDeep(dict([['(1)', 1n]]), scope)).reason).toContain(
      'a key must be a string',
    );
  });

  it('takes __proto__ for a key like any other', () => {
    const got = evaluateDeep(dict([["'__proto__'", dict([['polluted', true]])]]), scope) as Dict;
    expect(Object.keys(got)).toEqual(['__proto__']);
    expect(({} as Dict).polluted).toBeUndefined();
  });

  it('refuses values nested without end', () => {
    let value: Value = 'x';
    for (let depth = 0; depth < 5_000; depth += 1) value = [value];
    expect(failureOf(() => evaluateDeep(value, scope)).reason).toContain('nested');
  });
});

describe('namesUsed', () => {
  it('gathers the names of all expressions, keys included', () => {
    const value = dict([
      ["'{i}'.format(**metadata)", 1n],
      ['a', ['(random.random())', dict([['b', '(constants.day)']])]],
      ['metadata', 'requested_metadata'],
    ]);
    expect([...namesUsed(value)].sort()).toEqual(['constants', 'metadata', 'random']);
  });
});

describe('errors', () => {
  it('show reason, position from 1, and the source with a caret', () => {
    const error = failureOf(() => evaluate("(1 + metadata['nme'])"));
    expect(error.message).toBe(
      [
        "KeyError: 'nme' (metadata has: i, n, x, y, tiny, one, big, name, quote, empty and 8 more); did you mean 'name'?, " +
          'character 14 of the expression',
        "  (1 + metadata['nme'])",
        '               ^',
      ].join('\n'),
    );
    expect([error.kind, error.code, error.offset]).toEqual(['evaluation', 'task', 13]);
  });

  it.each([
    ['(metdata)', "did you mean 'metadata'", 1],
    ['(sqr(2))', "did you mean 'sqrt'", 1],
    ["('a'.uper())", "did you mean 'upper'", 5],
    ['(constants.yaer)', "did you mean 'year'", 10],
    ['(true)', "did you mean 'True'", 1],
    ['(period)', "read as metadata['period']", 1],
    ['(math.sqr(2))', "did you mean 'sqrt'", 6],
    ["f'{x}'", 'f-strings', 0],
    ["(f'{x}')", "use '...{name}...'.format(**metadata)", 1],
    ['(1 + )', 'SyntaxError: invalid syntax', 5],
    ['(1 2)', 'SyntaxError', 3],
    ['(1 / 0)', 'ZeroDivisionError: division by zero', 3],
    ['(1 +\n 1 / 0)', 'ZeroDivisionError', 8],
    ['(sqrt(-1))', 'ValueError: math domain error', 1],
    ['(sqrt(1, 2))', 'TypeError: sqrt() takes 1 argument', 1],
    ["('{:d}'.format(1.5))", "Unknown format code 'd'", 7],
    ['(5 is 5)', 'write ==', 3],
    ['(1 <> 2)', 'write !=', 3],
    ["('a' 5)", 'SyntaxError', 5],
  ])('%s: %s at %i', (source, reason, offset) => {
    const error = failureOf(() => evaluate(source));
    expect(error.reason).toContain(reason);
    expect(error.offset).toBe(offset);
  });

  it('show a window of a long source', () => {
    const error = failureOf(() => evaluate(`(${'1 + '.repeat(100)}zz)`));
    const [, shown = '', caret = ''] = error.message.split('\n');
    expect(shown.slice(caret.indexOf('^'))).toBe('zz)');
    expect(shown.length).toBeLessThan(110);
  });
});

describe('the cache of compiled expressions', () => {
  it('gives the same object for the same source', () => {
    expect(compileExpression("'cached' + str(1)")).toBe(compileExpression("'cached' + str(1)"));
  });

  it('drops what was not used lately, and never grows beyond its capacity', () => {
    const made: string[] = [];
    const cache = new CompileCache<string>(4);
    const take = (source: string): string =>
      cache.take(source, (each) => {
        made.push(each);
        return each;
      });
    for (const source of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) take(source);
    expect(made).toEqual(['a', 'b', 'c', 'd', 'b']);
    for (let count = 0; count < 100; count += 1) {
      take(String(count));
      expect(cache.size).toBeLessThanOrEqual(4);
    }
  });
});
