/** The operators of numbers and sequences, by symbol. What a type does not have is Python's TypeError. */
import { raise } from './fault.ts';
import { type Item, intOf, type Numeric, numericOf, toFloat, typeName } from './items.ts';
import type { Meter } from './limits.ts';
import {
  divide,
  floorDivideFloats,
  floorDivideInts,
  moduloFloats,
  moduloInts,
  power,
  shiftInt,
  shiftIntRight,
} from './numbers.ts';
import { formatPercent } from './percent-format.ts';
import { join, repeat } from './sequences.ts';
import type { ArithmeticOperator } from './syntax.ts';

type Operation = (left: Item, right: Item, meter: Meter) => Item;

export const OPERATORS: Record<ArithmeticOperator, Operation> = {
  '+': orElse(
    (left, right, meter) => join(left, right, meter),
    numeric(
      '+',
      (left, right, meter) => meter.int(left + right),
      (left, right) => left + right,
    ),
  ),
  '-': numeric(
    '-',
    (left, right, meter) => meter.int(left - right),
    (left, right) => left - right,
  ),
  '*': orElse(
    repeatEither,
    numeric(
      '*',
      (left, right, meter) => meter.int(left * right),
      (left, right) => left * right,
    ),
  ),
  '/': both('/', divide),
  '//': numeric('//', floorDivideInts, floorDivideFloats),
  '%': orElse(
    (left, right, meter) => (typeof left === 'string' ? formatPercent(left, right, meter) : undefined),
    numeric('%', moduloInts, moduloFloats),
  ),
  '**': both('** or pow()', power),
  '<<': ints('<<', shiftInt),
  '>>': ints('>>', shiftIntRight),
  '&': bits('&', (left, right) => left & right),
  '|': bits('|', (left, right) => left | right),
  '^': bits('^', (left, right) => left ^ right),
};

export const UNARY: Record<'-' | '+' | '~', (item: Item) => Item> = {
  '-': (item) => -operand('-', item),
  '+': (item) => operand('+', item),
  '~': (item) => {
    const int = intOf(item);
    return int === undefined ? wrongOperand('~', item) : ~int;
  },
};

function operand(symbol: string, item: Item): Numeric {
  return numericOf(item) ?? wrongOperand(symbol, item);
}

function wrongOperand(symbol: string, item: Item): never {
  raise('TypeError', `bad operand type for unary ${symbol}: '${typeName(item)}'`);
}

function wrongOperands(symbol: string, left: Item, right: Item): never {
  raise(
    'TypeError',
    `unsupported operand type(s) for ${symbol}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function orElse(
  first: (left: Item, right: Item, meter: Meter) => Item | undefined,
  second: Operation,
): Operation {
  return (left, right, meter) => {
    const made = first(left, right, meter);
    return made === undefined ? second(left, right, meter) : made;
  };
}

function both(symbol: string, compute: (left: Numeric, right: Numeric, meter: Meter) => Item): Operation {
  return (left, right, meter) => {
    const [a, b] = [numericOf(left), numericOf(right)];
    return a === undefined || b === undefined ? wrongOperands(symbol, left, right) : compute(a, b, meter);
  };
}

/** Two ints give an int; as soon as one is a float both are. */
function numeric(
  symbol: string,
  compute: (left: bigint, right: bigint, meter: Meter) => bigint,
  computeFloats: (left: number, right: number) => number,
): Operation {
  return both(symbol, (left, right, meter) =>
    typeof left === 'bigint' && typeof right === 'bigint'
      ? compute(left, right, meter)
      : computeFloats(toFloat(left), toFloat(right)),
  );
}

function ints(symbol: string, compute: (left: bigint, right: bigint, meter: Meter) => bigint): Operation {
  return (left, right, meter) => {
    const [a, b] = [intOf(left), intOf(right)];
    return a === undefined || b === undefined ? wrongOperands(symbol, left, right) : compute(a, b, meter);
  };
}

/** `&`, `|`, `^` of two bools are bools. */
function bits(symbol: string, compute: (left: bigint, right: bigint) => bigint): Operation {
  const ofInts = ints(symbol, compute);
  return (left, right, meter) => {
    const made = ofInts(left, right, meter);
    return typeof left === 'boolean' && typeof right === 'boolean' ? made === 1n : made;
  };
}

function repeatEither(left: Item, right: Item, meter: Meter): Item | undefined {
  const [leftCount, rightCount] = [intOf(left), intOf(right)];
  if (rightCount !== undefined && leftCount === undefined) return repeat(left, rightCount, meter);
  return leftCount !== undefined && rightCount === undefined ? repeat(right, leftCount, meter) : undefined;
}
