import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../core/model/expression/expression.ts';
import { dict, type Value } from '../../core/model/values.ts';

function evaluate(source: string, v: Value, w: Value = 0n): Value {
  const metadata = dict([
    ['v', v],
    ['w', w],
  ]);
  return compileExpression(source).evaluate({ metadata, requestedMetadata: dict(), random: () => 0 });
}

const floats = fc.double({ noNaN: true });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const ints = fc.bigInt({ min: -(10n ** 300n), max: 10n ** 300n });

describe('numbers', () => {
  it('read back from how they print, floats and ints', () => {
    fc.assert(
      fc.property(floats, (value) => Object.is(evaluate("(float(str(metadata['v'])))", value), value)),
    );
    fc.assert(fc.property(ints, (value) => evaluate("(int(str(metadata['v'])))", value) === value));
  });

  it('are literals of themselves, and keep their type', () => {
    fc.assert(
      fc.property(finite, (value) =>
        Object.is(evaluate(`(${evaluate("(str(metadata['v']))", value)})`, 0n), value),
      ),
    );
    fc.assert(fc.property(ints, (value) => evaluate(`(${value})`, 0n) === value));
  });

  it('read back from 17 significant digits, however they are written', () => {
    for (const format of [
      "'{:.17g}'.format(metadata['v'])",
      "'%.16e' % metadata['v']",
      "'{:.17}'.format(metadata['v'])",
    ]) {
      fc.assert(fc.property(finite, (value) => Object.is(Number(evaluate(format, value)), value)));
    }
  });

  it('agree with toFixed wherever there is no tie to break', () => {
    const places = fc.integer({ min: 0, max: 20 });
    const small = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(small, places, (value, digits) => {
        // A tie ends in a 5 one digit further on, and so is a multiple of that power of two.
        fc.pre(!Number.isInteger(value * 2 ** (digits + 1)));
        const text = value.toFixed(digits);
        const got = evaluate("'%.*f' % (metadata['w'], metadata['v'])", value, BigInt(digits));
        // JavaScript drops the sign of a negative number that rounds to zero.
        return got === text || got === `-${text}`;
      }),
    );
  });

  it('obey the law of division: (a // b) * b + a % b == a, with the sign of b', () => {
    const nonzero = ints.filter((value) => value !== 0n);
    fc.assert(
      fc.property(ints, nonzero, (a, b) => {
        const law =
          "(metadata['v'] // metadata['w'] * metadata['w'] + metadata['v'] % metadata['w'] == metadata['v'])";
        const rest = evaluate("(metadata['v'] % metadata['w'])", a, b);
        return (
          evaluate(law, a, b) === true && (rest === 0n || (typeof rest === 'bigint' && rest < 0n === b < 0n))
        );
      }),
    );
  });

  it('divide ints to the nearest float', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.maxSafeInteger().filter((value) => value !== 0),
        (a, b) => Object.is(evaluate("(metadata['v'] / metadata['w'])", BigInt(a), BigInt(b)), a / b),
      ),
    );
  });

  it('raise to whole powers as if exactly, rounded once', () => {
    expect(evaluate("(metadata['v'] ** -5)", 10n)).toBe(1e-5);
    expect(evaluate("(metadata['v'] ** 23)", 10)).toBe(1e23);
    const exponents = fc.integer({ min: -30, max: 30 });
    fc.assert(
      fc.property(exponents, (n) =>
        Object.is(evaluate("(10.0 ** metadata['v'])", BigInt(n)), Number(`1e${n}`)),
      ),
    );
  });
});
