/**
 * The values expressions compute with: those of `core/model/values.ts`, and tuples, which Python keeps apart from
 * lists (`(1, 2) == [1, 2]` is false, and they print differently). At the border tuples become lists.
 */
import { type Dict, dict, type Value } from '../values.ts';
import { raise } from './fault.ts';
import type { Meter } from './limits.ts';

export class Tuple {
  readonly items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

export type Item = null | boolean | bigint | number | string | Item[] | Tuple | ItemDict;

export interface ItemDict {
  [key: string]: Item;
}

export type Numeric = bigint | number;

export function isItemDict(item: Item): item is ItemDict {
  return typeof item === 'object' && item !== null && !Array.isArray(item) && !(item instanceof Tuple);
}

/** The elements of a list or tuple; undefined for anything else. */
export function elementsOf(item: Item): readonly Item[] | undefined {
  if (Array.isArray(item)) return item;
  return item instanceof Tuple ? item.items : undefined;
}

/** Python's name of the item's type. */
export function typeName(item: Item): string {
  if (item === null) return 'NoneType';
  if (typeof item === 'boolean') return 'bool';
  if (typeof item === 'bigint') return 'int';
  if (typeof item === 'number') return 'float';
  if (typeof item === 'string') return 'str';
  if (Array.isArray(item)) return 'list';
  return item instanceof Tuple ? 'tuple' : 'dict';
}

/** Ints, floats and bools (which are ints in Python); undefined for anything else. */
export function numericOf(item: Item): Numeric | undefined {
  if (typeof item === 'bigint' || typeof item === 'number') return item;
  if (typeof item === 'boolean') return item ? 1n : 0n;
  return undefined;
}

/** An int where Python asks for one: bools count, floats do not. */
export function intOf(item: Item): bigint | undefined {
  const number = numericOf(item);
  return typeof number === 'bigint' ? number : undefined;
}

export function toFloat(number: Numeric): number {
  const float = Number(number);
  if (typeof number === 'bigint' && !Number.isFinite(float)) {
    raise('OverflowError', 'int too large to convert to float');
  }
  return float;
}

export function isTruthy(item: Item): boolean {
  if (item === null || typeof item === 'boolean') return item === true;
  if (typeof item === 'bigint') return item !== 0n;
  if (typeof item === 'number') return item !== 0;
  if (typeof item === 'string') return item !== '';
  const elements = elementsOf(item);
  return elements === undefined ? Object.keys(item).length > 0 : elements.length > 0;
}

/** Item -> value: tuples become lists, and nothing of the scope is shared with the result. */
export function toValue(item: Item, meter: Meter, depth = 0): Value {
  if (typeof item !== 'object' || item === null) return item;
  meter.checkDepth(depth);
  const elements = elementsOf(item);
  if (elements !== undefined) {
    meter.spend(elements.length);
    return elements.map((each) => toValue(each, meter, depth + 1));
  }
  return dictToValue(item as ItemDict, meter, depth);
}

function dictToValue(item: ItemDict, meter: Meter, depth: number): Dict {
  const entries = Object.entries(item);
  meter.spend(entries.length);
  return dict(entries.map(([key, each]) => [key, toValue(each, meter, depth + 1)]));
}
