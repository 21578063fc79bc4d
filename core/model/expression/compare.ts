/** Python's equality, order and membership. Ints and floats compare by their exact values; nothing is coerced. */
import { raise } from './fault.ts';
import { elementsOf, type Item, type ItemDict, isItemDict, numericOf, typeName } from './items.ts';
import type { Meter } from './limits.ts';
import type { ComparisonOperator } from './syntax.ts';
import { compareTexts } from './text.ts';

type Comparison = (left: Item, right: Item, meter: Meter) => boolean;

export const COMPARISONS: Record<ComparisonOperator, Comparison> = {
  '==': (left, right, meter) => areEqual(left, right, meter),
  '!=': (left, right, meter) => !areEqual(left, right, meter),
  '<': (left, right, meter) => order('<', left, right, meter) < 0,
  '<=': (left, right, meter) => order('<=', left, right, meter) <= 0,
  '>': (left, right, meter) => order('>', left, right, meter) > 0,
  '>=': (left, right, meter) => order('>=', left, right, meter) >= 0,
  in: (left, right, meter) => isIn(left, right, meter),
  'not in': (left, right, meter) => !isIn(left, right, meter),
  // The parser lets these through only where one side is None, True or False.
  is: (left, right) => left === right,
  'is not': (left, right) => left !== right,
};

function areEqual(left: Item, right: Item, meter: Meter, depth = 0): boolean {
  const [a, b] = [numericOf(left), numericOf(right)];
  // biome-ignore lint/suspicious/noDoubleEquals: == of a bigint and a number compares their exact values
  if (a !== undefined && b !== undefined) return a == b;
  if (typeof left === 'string' || typeof right === 'string' || left === null || right === null)
    return left === right;
  const [list, other] = [elementsOf(left), elementsOf(right)];
  meter.checkDepth(depth);
  if (list !== undefined && other !== undefined) {
    return typeName(left) === typeName(right) && areListsEqual(list, other, meter, depth);
  }
  return isItemDict(left) && isItemDict(right) && areDictsEqual(left, right, meter, depth);
}

function areListsEqual(left: readonly Item[], right: readonly Item[], meter: Meter, depth: number): boolean {
  if (left.length !== right.length) return false;
  return left.every((each, at) => {
    meter.spend(1);
    return areEqual(each, right[at] ?? null, meter, depth + 1);
  });
}

function areDictsEqual(left: ItemDict, right: ItemDict, meter: Meter, depth: number): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    meter.spend(1);
    return Object.hasOwn(right, key) && areEqual(left[key] ?? null, right[key] ?? null, meter, depth + 1);
  });
}

/** Negative, zero or positive; NaN when the two are not ordered, as a float NaN is with anything. */
export function order(symbol: string, left: Item, right: Item, meter: Meter, depth = 0): number {
  const [a, b] = [numericOf(left), numericOf(right)];
  if (a !== undefined && b !== undefined) return compareNumbers(a, b);
  if (typeof left === 'string' && typeof right === 'string') {
    meter.characters(Math.min(left.length, right.length));
    return compareTexts(left, right);
  }
  const [list, other] = [elementsOf(left), elementsOf(right)];
  if (list === undefined || other === undefined || typeName(left) !== typeName(right)) {
    const types = `'${typeName(left)}' and '${typeName(right)}'`;
    raise('TypeError', `'${symbol}' not supported between instances of ${types}`);
  }
  meter.checkDepth(depth);
  const at = list.findIndex((each, index) => {
    meter.spend(1);
    return index >= other.length || !areEqual(each, other[index] ?? null, meter, depth + 1);
  });
  if (at < 0 || at >= other.length) return list.length - other.length;
  return order(symbol, list[at] ?? null, other[at] ?? null, meter, depth + 1);
}

function compareNumbers(left: bigint | number, right: bigint | number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
}

function isIn(item: Item, container: Item, meter: Meter): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      raise('TypeError', `'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    meter.search(container, item);
    return container.includes(item);
  }
  const elements = elementsOf(container);
  if (elements !== undefined) {
    return elements.some((each) => {
      meter.spend(1);
      return areEqual(each, item, meter);
    });
  }
  if (isItemDict(container)) return typeof item === 'string' && Object.hasOwn(container, item);
  raise('TypeError', `argument of type '${typeName(container)}' is not iterable`);
}
