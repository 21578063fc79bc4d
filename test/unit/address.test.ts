import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressShape, normaliseDirectory, productAddress } from '../../core/model/address.ts';
import { globPrefix, globShape, globToRegExp, isGlob } from '../../core/model/glob.ts';
import { literalOf, matchesShape, type Shape, shapesMayMatch } from '../../core/model/shape.ts';

describe('product addresses', () => {
  test.each([
    ['', 'a.gz', 'a.gz'],
    ['.', 'a.gz', 'a.gz'],
    ['runs', 'a.gz', 'runs/a.gz'],
    ['runs/2021/', 'a.gz', 'runs/2021/a.gz'],
    ['./runs//2021', './a.gz', 'runs/2021/a.gz'],
    ['runs', 'x/a.gz', 'runs/x/a.gz'],
    ['runs', '...', 'runs/...'],
    ['runs', 'Größe λ.gz', 'runs/Größe λ.gz'],
    ['runs', '.easel', 'runs/.easel'],
  ])('%j and %j make %j', (directory, name, address) => {
    expect(productAddress(directory, name)).toBe(address);
  });

  test.each([
    ['/tmp', 'a', 'starts with a slash'],
    ['runs', '/etc/passwd', 'starts with a slash'],
    ['..', 'a', 'climb'],
    ['runs', '../../a', 'climb'],
    ['runs', 'x/../a', 'climb'],
    ['runs', 'x/./a', 'may not have . inside'],
    ['runs', 'x\\a', 'backslash'],
    ['runs', 'a\0b', 'control character'],
    ['runs', 'a\nb', 'control character'],
    ['runs', 'a\ud800b', 'not valid Unicode'],
    ['runs', '', 'names no file'],
    ['runs', '.', 'names no file'],
    ['runs', 'a/', 'ends with a slash'],
    ['runs', 'é'.repeat(128), 'longer than 255 bytes'],
    ['runs', `${'x/'.repeat(351)}x`, 'longer than 700 characters'],
    ['', '.easel/state', 'Easel keeps .easel'],
    ['.easel', 'state', 'Easel keeps .easel'],
    ['./.easel', 'state', 'Easel keeps .easel'],
  ])('%j and %j are refused: %s', (directory, name, reason) => {
    expect(() => productAddress(directory, name)).toThrow(reason);
  });

  test('a component of 255 bytes and an address of 700 characters are still taken', () => {
    const part = 'x'.repeat(255);
    expect(productAddress(`${part}/${part}`, 'y'.repeat(700 - 512))).toHaveLength(700);
    expect(() => productAddress(`${part}/${part}`, 'y'.repeat(701 - 512))).toThrow('700');
  });

  test('no address ever leaves its directory, whatever the two halves are', () => {
    const part = fc.array(fc.constantFrom('..', '.', 'a', '/', '\\', '.easel', '\0'), { maxLength: 6 });
    fc.assert(
      fc.property(part, part, (left, right) => {
        const address = attempt(() => productAddress(left.join(''), right.join('')));
        if (address === undefined) return;
        expect(address.split('/').some((each) => ['', '.', '..'].includes(each))).toBe(false);
        expect(productAddress('', address)).toBe(address);
      }),
    );
  });

  test('a working directory is normalised, or refused, alone', () => {
    expect(normaliseDirectory('./a//b/')).toBe('a/b');
    expect(() => normaliseDirectory('.easel')).toThrow('keeps .easel');
    expect(() => normaliseDirectory('a/../b')).toThrow('climb');
  });
});

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

describe('globs', () => {
  test.each([
    ['a.gz', false],
    ['a*.gz', true],
    ['a?.gz', true],
    ['a[0-9].gz', true],
    ['a[!x].gz', true],
    ['a].gz', false],
    ['a[.gz', false],
    ['a[].gz', false],
  ])('%j is a glob: %s', (name, expected) => {
    expect(isGlob(name)).toBe(expected);
  });

  test.each([
    ['ev_*.gz', 'ev_1_2.gz', true],
    ['ev_*.gz', 'ev_.gz', true],
    ['ev_*.gz', 'ev_1/2.gz', false],
    ['ev_*.gz', 'xev_1.gz', false],
    ['ev_*.gz', 'ev_1.gz.bak', false],
    ['*', 'a', true],
    ['**', 'a/b', false],
    ['*/b', 'a/b', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a?c', 'a🌍c', true],
    ['a[0-9]c', 'a5c', true],
    ['a[!0-9]c', 'a5c', false],
    ['a[!0-9]c', 'axc', true],
    ['a[!0-9]c', 'a/c', false],
    ['a[.-]c', 'a-c', true],
    ['a[^b]c', 'a^c', true],
    ['a[^b]c', 'adc', false],
    ['a.c', 'abc', false],
    ['a(b)|{1}+$', 'a(b)|{1}+$', true],
    ['*a*b*c', 'xaxbxc', true],
    ['*a*b*c', 'xbxaxc', false],
    ['*ab', 'aab', true],
    ['a*a', 'a', false],
    ['x*1*', 'x01', true],
    ['a[.gz', 'a[.gz', true],
  ])('%j matches %j: %s', (glob, text, expected) => {
    expect(globToRegExp(glob).test(text)).toBe(expected);
  });

  test('a glob matches what comparing character by character says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 7 });
    fc.assert(
      fc.property(glob, text, (pattern, name) => {
        expect(globToRegExp(pattern).test(name)).toBe(matchesSlowly(pattern, name));
      }),
      { numRuns: 3000 },
    );
  });

  test('forty stars against ten thousand letters take no noticeable time', () => {
    const startedAt = performance.now();
    expect(globToRegExp(`${'*a'.repeat(40)}*b`).test('a'.repeat(10_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('a range the wrong way round is refused', () => {
    expect(() => globToRegExp('a[z-a]')).toThrow('the range z-a in [z-a] is the wrong way round');
  });

  test('the literal start and the shape of a glob', () => {
    expect(globPrefix('ev_*.gz')).toBe('ev_');
    expect(globPrefix('*')).toBe('');
    expect(globPrefix('plain')).toBe('plain');
    expect(globShape('ev_*[0-9]?x.gz')).toEqual(['ev_', null, 'x.gz']);
  });
});

/** The meaning of `*` and `?`, written without any thought for time. */
function matchesSlowly(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  const rest = glob.slice(1);
  if (glob.startsWith('*')) {
    return (
      matchesSlowly(rest, text) || (text !== '' && text[0] !== '/' && matchesSlowly(glob, text.slice(1)))
    );
  }
  const one = glob.startsWith('?') ? text !== '' && text[0] !== '/' : glob[0] === text[0];
  return one && matchesSlowly(rest, text.slice(1));
}

describe('shapes', () => {
  test.each<[Shape, Shape, boolean]>([
    [['a.gz'], ['a.gz'], true],
    [['a.gz'], ['b.gz'], false],
    [['a_3.gz'], ['a_', null, '.gz'], true],
    [['a_3.tar'], ['a_', null, '.gz'], false],
    [['a.'], ['a.', null, '.b'], false],
    [['a_', null, '.gz'], ['a_', null, '_x.gz'], true],
    [['a_', null, '.gz'], ['b_', null, '.gz'], false],
    [['a_', null, '.gz'], ['a_', null, '.tar'], false],
    [['x', null, 'm', null, 'y'], ['x', null, 'n', null, 'y'], true],
    [[null], [], true],
    [[], [''], true],
    [['ab', 'c'], ['a', 'bc'], true],
    [['aXbXc'], ['a', null, 'b', null, 'c'], true],
    [['abc'], [null, 'b', null, 'b', null], false],
  ])('%j and %j may be the same text: %s', (a, b, expected) => {
    expect(shapesMayMatch(a, b)).toBe(expected);
    expect(shapesMayMatch(b, a)).toBe(expected);
  });

  test('two shapes may match exactly when some short text has both', () => {
    const texts = allTexts('ab', 6);
    const part = fc.constantFrom<string | null>('a', 'b', null);
    const shape = fc.array(part, { maxLength: 3 });
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const found = texts.some((text) => matchesShape(text, a) && matchesShape(text, b));
        expect(shapesMayMatch(a, b)).toBe(found);
      }),
      { numRuns: 1500 },
    );
  });

  test('a text has a shape exactly when the glob made of the shape matches it', () => {
    const shape = fc.array(fc.constantFrom<string | null>('a', 'b', 'ab', null), { maxLength: 5 });
    fc.assert(
      fc.property(shape, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (parts, text) => {
        expect(matchesShape(text, parts)).toBe(
          matchesSlowly(parts.map((part) => part ?? '*').join(''), text),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test.each<[Shape, Shape, Shape]>([
    [['runs/'], ['a_', null], ['runs/', 'a_', null]],
    [[''], ['./a_', null], ['a_', null]],
    [['runs'], ['./a.gz'], ['runs/a.gz']],
    [['run_', null], ['a.gz'], ['run_', null, 'a.gz']],
    [['run_', null, '/x'], ['a.gz'], ['run_', null, '/x', '/', 'a.gz']],
  ])('directory %j and name %j make the shape %j', (directory, name, shape) => {
    expect(addressShape(directory, name)).toEqual(shape);
  });

  test('only a shape without open parts is a text', () => {
    expect(literalOf(['a', 'b'])).toBe('ab');
    expect(literalOf(['a', null])).toBeUndefined();
  });
});

function allTexts(letters: string, longest: number): string[] {
  const texts = [''];
  for (let from = 0, length = 1; length <= longest; length += 1) {
    const to = texts.length;
    for (const text of texts.slice(from, to)) for (const letter of letters) texts.push(text + letter);
    from = to;
  }
  return texts;
}
