import { describe, expect, it } from 'vitest';
import { compileExpression, ExpressionError } from '../../core/model/expression/expression.ts';
import { type Dict, dict, parseJson, type Value } from '../../core/model/values.ts';

const scope = {
  metadata: parseJson(
    '{"i": 7, "x": 0.5, "name": "a", "list": [1, 2], "template": "{0.__class__}", "_private": 1, "__proto__": {"evil": 1}}',
  ) as Dict,
  requestedMetadata: dict(),
  random: () => 0.5,
};

/** Each must be refused: none may run, hang, exhaust memory, or fail in another way than ExpressionError. */
const REFUSED: readonly string[] = [
  // the ways out of Python's sandboxes
  '().__class__',
  "(''.__class__.__mro__[1].__subclasses__())",
  "('a'.__len__())",
  '(metadata.__class__)',
  '(metadata.__proto__)',
  '(metadata._private)',
  "(metadata['__class__'])",
  "(metadata['constructor'])",
  '(metadata.constructor)',
  '(metadata.prototype)',
  '(metadata.toString)',
  '(metadata.hasOwnProperty("i"))',
  "('a'.constructor)",
  "('a'.constructor('return 1')())",
  "('a'.length)",
  "('a'.toString())",
  "('a'.valueOf())",
  '([].constructor)',
  '([1].map)',
  '((1).constructor)',
  '(constants.__dict__)',
  '(constants.constructor)',
  '(math.__loader__)',
  '(math.constructor)',
  '(math.constructor())',
  '(random.__init__())',
  '(random.seed(1))',
  '(random.random)',
  '(random.random(1))',
  '(random.random.__self__)',
  '(abs.__self__)',
  '(abs.call(1))',
  '(__import__("os"))',
  '(__builtins__)',
  '(eval("1"))',
  '(exec("1"))',
  '(open("/etc/passwd"))',
  '(globals())',
  '(getattr(metadata, "x"))',
  '(type(1))',
  '(globalThis)',
  '(process.exit(1))',
  '(require("fs"))',
  '(Function("return 1")())',
  '(toString())',
  '(constructor)',
  '(hasOwnProperty)',
  '(__proto__)',
  '(self)',
  '(list(1))',
  // what is not an expression of the subset
  '(lambda: 1)',
  '((lambda x: x)(1))',
  '([x for x in [1]])',
  '(x for x in [1])',
  '({x for x in [1]})',
  '({x: 1 for x in [1]})',
  '(max(x for x in [1]))',
  '(i := 1)',
  '(await x)',
  '(yield)',
  '(yield 1)',
  '(*[1],)',
  '([*[1]])',
  "('{}'.format(*[1]))",
  '({**metadata})',
  '({1, 2})',
  '({1: 2})',
  '(...)',
  '(1 @ 2)',
  '(1 <> 2)',
  '(1j)',
  '(2.5J)',
  "(b'a')",
  "(rb'a')",
  "(f'{metadata}')",
  "(Rf'{1}')",
  "('a' f'{1}')",
  "('\\N{BULLET}')",
  '(1)(2)',
  "('a'())",
  '(metadata())',
  "(metadata['x']())",
  '(abs)',
  '(math)',
  '(random)',
  '(1 is 1)',
  '(metadata[1, 2])',
  "('a'.format_map(metadata))",
  "('a'.encode())",
  '(abs(x=1))',
  '(abs(**metadata))',
  "('a'.join(iterable=[1]))",
  // statements
  "'a'; 'b'",
  "'a'\n'b'",
  "'a'\n.upper()",
  '(1)\n\u00a0',
  '(1) = 2',
  "'a' = 'b'",
  '(a) += 1',
  "('a'): int",
  "'a' if 1",
  '(import os)',
  '(del x)',
  '(return 1)',
  '(print "a")',
  '(pass)',
  "('a' if 1 else)",
  '(not)',
  '(and 1)',
  '(1 == not 2)',
  '(1 + not 2)',
  '(1 if else 2)',
  '(if 1 else 2)',
  '(None = 1)',
  "('{a}'.format(a=1, a=2))",
  "('{a}'.format(a=1, 2))",
  "('{}'.format(None=1))",
  '(True())',
  // too much
  '(10**10**10)',
  '(9**9**9)',
  '(2**100000)',
  '(-3)**99999',
  '(2**4000 * 2**4000)',
  '(1 << 100000)',
  '(1 << 10**1000)',
  "('a'*10**9)",
  "(10**9*'a')",
  "('a'*(10**1000))",
  "('ab'*500001)",
  '([0]*10**9)',
  '((1,)*10**7)',
  "('{:1000000000}'.format(1))",
  "('{:.1000000000f}'.format(1.0))",
  "('{:99999999999999999999}'.format(1))",
  "('{:{}}'.format(1, 10**9))",
  "('%1000000000d' % 1)",
  "('%.1000000000f' % 1)",
  "('%*d' % (10**9, 1))",
  "('%.*f' % (10**9, 1.0))",
  "('a'.zfill(10**9))",
  "(('a'*1000000).replace('a', 'b'*1000000))",
  "(('a'*1000000).replace('', 'b'*1000))",
  "('a'*1000000).split('a')",
  "(('b' + 'a'*400000) in 'a'*900000)",
  "(','.join(['a'*900000]*50000))",
  `([${"'a'*1000000,".repeat(700)}])`,
  `(str([[[[0]*100]*100]*100]*100))`,
  '([[[[0]*100]*100]*100]*100 == [[[[0]*100]*100]*100]*100)',
  '([[[[0]*100]*100]*100]*100)',
  `(round(10**300, -10**9))`,
  "(int('9'*1000000))",
  `(${'9'.repeat(9_000)})`,
  `(${'1+'.repeat(4_998)}1)`,
  `(${'1 or '.repeat(1_999)}1`,
  `(${'1<'.repeat(4_998)}1)`,
  `(${'not '.repeat(2_400)}1) + 'a'`,
  `(${'-'.repeat(9_990)}1)`,
  `(${'~'.repeat(200)}1)`,
  `(1${'**1'.repeat(3_000)})`,
  `(${'1if 1else '.repeat(900)}1)`,
  `(metadata${'.a'.repeat(4_000)})`,
  `(metadata${"['a']".repeat(1_500)})`,
  '('.repeat(9_999),
  `${'('.repeat(101)}1${')'.repeat(101)}`,
  `${'('.repeat(4_999)}1${')'.repeat(4_999)}`,
  `(${'['.repeat(4_000)}`,
  `(${'{'.repeat(4_000)}`,
  `(${'(]'.repeat(4_000)}`,
  `('${'x'.repeat(10_000)}')`,
  `(${'a '.repeat(4_900)})`,
  `('${'{'.repeat(4_001)}'.format(1))`,
  `('${'{:'.repeat(3_000)}'.format(1))`,
  `('${'{['.repeat(3_000)}'.format(1))`,
  `('${'%('.repeat(3_000)}' % metadata)`,
  `(${"'a' ".repeat(2_000)}`,
  `(${'#\n'.repeat(4_900)}`,
  // templates as a way in
  "('{0.__class__}'.format(1))",
  "('{0.__class__.__mro__}'.format(1))",
  "('{m.__class__}'.format(m=metadata))",
  "('{m.constructor}'.format(m=metadata))",
  "('{m._private}'.format(m=metadata))",
  "('{m[constructor]}'.format(m=metadata))",
  "('{m[toString]}'.format(m=metadata))",
  "('{constructor}'.format(**metadata))",
  "('{toString}'.format(**metadata))",
  "('{__class__}'.format(**metadata))",
  "('{0[__class__]}'.format('a'))",
  "('{0.length}'.format('a'))",
  "('{:{0.__class__}}'.format(1))",
  "('{:{:{}}}'.format(1, 2, 3))",
  "(metadata['template'].format(1))",
  "('%(constructor)s' % metadata)",
  "('%(__class__)s' % metadata)",
  "('{!x}'.format(1))",
  // broken text
  "'",
  '"',
  "'''",
  "('a",
  "('a\n')",
  "('a\\')",
  '("a\')',
  "('''a''",
  "('\\x1')",
  "('\\u12')",
  "('\\U00110000')",
  "('a\0b')",
  '(1\0)',
  '(\0)',
  '(\u00a01)',
  '(\u200b1)',
  '(\ufeff1)',
  '(\u2028 1)',
  '(\uff4detadata)',
  '(m\u0435tadata)',
  '(\u{1d426}etadata)',
  '(\u0661)',
  '(1 \u2212 1)',
  '(\ud800)',
  '(\u201ca\u201d)',
  '(1 ? 2)',
  '(1 $ 2)',
  '(`a`)',
  '(1 ! 2)',
  '(1 && 2)',
  '(1 || 2)',
  '(!1)',
  '(1++)',
  '(1 === 1)',
  '(a.5)',
  '(01)',
  '(1__0)',
  '(1_)',
  '(0x)',
  '(0b2)',
  '(0o8)',
  '(1e)',
  '(1.2.3)',
  '(1.real)',
  '(1abc)',
  "(1'a')",
  "('a'1)",
  "('a'e5)",
  "('a'.5)",
  '(]',
  '(1]',
  ')',
  '(1))',
  '(',
  '()()',
  '(,)',
  '(1,,2)',
  '(1 2)',
  '[',
  '(metadata[])',
  '(metadata[1:2:3:4])',
  '(abs(,))',
  '(1 \\ 2)',
  '(# only a comment',
  '',
  '   ',
  '#',
];

function failureOf(source: string): ExpressionError | undefined {
  try {
    compileExpression(source).evaluate(scope);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  return undefined;
}

describe('hostile expressions', () => {
  it('there are many, and each is another', () => {
    expect(new Set(REFUSED).size).toBe(REFUSED.length);
    expect(REFUSED.length).toBeGreaterThan(80);
  });

  it.each(REFUSED.map((source) => [source.slice(0, 60), source]))(
    '%j is refused, and says where',
    (_, source) => {
      const error = failureOf(source);
      expect(error?.kind).toMatch(/^(syntax|refused|evaluation|limit)$/);
      expect(error?.offset).toBeGreaterThanOrEqual(0);
      expect(error?.offset).toBeLessThanOrEqual(Math.max(0, source.length - 1));
      expect(error?.reason).not.toBe('');
    },
  );

  it('changes nothing that all objects share', () => {
    for (const source of REFUSED) failureOf(source);
    expect(({} as Dict).evil).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('takes keys named like parts of JavaScript for keys', () => {
    const metadata = parseJson('{"constructor": 1, "toString": 2, "__proto__": 3}') as Dict;
    const evaluate = (source: string): Value => compileExpression(source).evaluate({ ...scope, metadata });
    expect(evaluate("'{constructor}{toString}{__proto__}'.format(**metadata)")).toBe('123');
    expect(evaluate("(metadata['constructor'] + metadata.toString + metadata['__proto__'])")).toBe(6n);
    expect(evaluate("('%(__proto__)d' % metadata)")).toBe('3');
    expect(evaluate("('hasOwnProperty' in metadata)")).toBe(false);
  });

  it('keeps to smaller bounds when they are given', () => {
    const expression = compileExpression("('ab' * metadata['i'])");
    expect(expression.evaluate(scope, { textLength: 14 })).toBe('ab'.repeat(7));
    expect(() => expression.evaluate(scope, { textLength: 13 })).toThrow('more than 13 characters');
    expect(() => compileExpression('(1 + 1 + 1)').evaluate(scope, { steps: 1 })).toThrow('more than 1 steps');
  });

  it('bounds metadata nested without end', () => {
    let deep: Value = 1n;
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    const metadata = dict([['deep', deep]]);
    for (const source of [
      "(str(metadata['deep']))",
      "(metadata['deep'] == metadata['deep'])",
      "(metadata['deep'])",
    ]) {
      expect(() => compileExpression(source).evaluate({ ...scope, metadata })).toThrow(
        'nested more than 100 deep',
      );
    }
  });
});
