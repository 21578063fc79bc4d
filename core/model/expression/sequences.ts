/** Python's sequences: indices (negative ones count from the end), slices, joining and repeating. Dicts by key. */
import { exceed, raise } from './fault.ts';
import { elementsOf, type Item, intOf, isItemDict, Tuple, typeName } from './items.ts';
import type { Meter } from './limits.ts';
import { listNames, suggest } from './suggestion.ts';
import { charactersOf, lengthOf } from './text.ts';

/** `label` is how the expression writes the object: errors name it. */
export function itemAt(object: Item, index: Item, label: string): Item {
  if (isItemDict(object)) return valueAt(object, index, label);
  const elements = typeof object === 'string' ? charactersOf(object) : elementsOf(object);
  const type = typeName(object);
  if (elements === undefined) raise('TypeError', `'${type}' object is not subscriptable`);
  const at = intOf(index);
  if (at === undefined) {
    raise(
      'TypeError',
      `${type === 'str' ? 'string' : type} indices must be integers, not '${typeName(index)}'`,
    );
  }
  const item = elements[Number(at < 0n ? at + BigInt(elements.length) : at)];
  if (item === undefined) raise('IndexError', `${type} index out of range (${label} has ${elements.length})`);
  return item;
}

function valueAt(object: { [key: string]: Item }, key: Item, label: string): Item {
  if (typeof key === 'string') {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    if (value !== undefined) return value;
  } else if (typeof key === 'object' && key !== null && !(key instanceof Tuple)) {
    raise('TypeError', `unhashable type: '${typeName(key)}'`);
  }
  const shown = typeof key === 'string' ? `'${key.slice(0, 100)}'` : `of type ${typeName(key)}`;
  const near = typeof key === 'string' ? suggest(key, Object.keys(object)) : '';
  raise('KeyError', `${shown} (${label} has: ${listNames(Object.keys(object))})${near}`);
}

/** Attributes are keys of dicts: `metadata.x` is `metadata['x']`. Nothing else has any. */
export function attributeOf(object: Item, name: string, label: string): Item {
  if (!isItemDict(object)) raise('AttributeError', `'${typeName(object)}' object has no attribute '${name}'`);
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value !== undefined) return value;
  const keys = Object.keys(object);
  raise('AttributeError', `${label} has no '${name}' (it has: ${listNames(keys)})${suggest(name, keys)}`);
}

export function slice(object: Item, bounds: readonly (Item | undefined)[], meter: Meter): Item {
  const elements = typeof object === 'string' ? charactersOf(object) : elementsOf(object);
  if (elements === undefined) raise('TypeError', `'${typeName(object)}' object cannot be sliced`);
  const [start, stop, step] = bounds.map((bound) => sliceBound(bound ?? null));
  const indices = indicesOf(elements.length, start, stop, step ?? 1n);
  meter.spend(indices.length >> 4);
  const picked = indices.map((at) => elements[at] ?? null);
  if (typeof object === 'string') return picked.join('');
  return object instanceof Tuple ? new Tuple(picked) : picked;
}

function sliceBound(bound: Item): bigint | undefined {
  if (bound === null) return undefined;
  const index = intOf(bound);
  if (index === undefined) raise('TypeError', 'slice indices must be integers or None');
  return index;
}

function indicesOf(
  length: number,
  start: bigint | undefined,
  stop: bigint | undefined,
  step: bigint,
): number[] {
  if (step === 0n) raise('ValueError', 'slice step cannot be zero');
  const down = step < 0n;
  const [least, most] = down ? [-1, length - 1] : [0, length];
  const clamp = (index: bigint): number => {
    const at = index < 0n ? index + BigInt(length) : index;
    return at < BigInt(least) ? least : at > BigInt(most) ? most : Number(at);
  };
  const from = start === undefined ? (down ? most : least) : clamp(start);
  const to = stop === undefined ? (down ? least : most) : clamp(stop);
  const by = Number(step);
  const count = Math.max(0, Math.ceil((to - from) / by));
  return Array.from({ length: count }, (_, index) => from + (index === 0 ? 0 : index * by));
}

/** `left + right` of two sequences of one type; undefined when they are not that. */
export function join(left: Item, right: Item, meter: Meter): Item | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.text(left.length + right.length);
    return left + right;
  }
  const [a, b] = [elementsOf(left), elementsOf(right)];
  if (a === undefined || b === undefined || typeName(left) !== typeName(right)) return undefined;
  meter.list(a.length + b.length);
  return left instanceof Tuple ? new Tuple([...a, ...b]) : [...a, ...b];
}

/** `sequence * count`; undefined when the first is no sequence. The size is judged before anything is made. */
export function repeat(sequence: Item, count: bigint, meter: Meter): Item | undefined {
  const elements = elementsOf(sequence);
  if (typeof sequence !== 'string' && elements === undefined) return undefined;
  const length = BigInt(typeof sequence === 'string' ? sequence.length : (elements?.length ?? 0));
  const total = count > 0n ? length * count : 0n;
  if (total > Number.MAX_SAFE_INTEGER) exceed('a sequence repeated too often');
  const times = total === 0n ? 0 : Number(count);
  if (typeof sequence === 'string') {
    meter.text(Number(total));
    return sequence.repeat(times);
  }
  meter.list(Number(total));
  const repeated = Array.from({ length: times }, () => elements ?? []).flat();
  return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
}

/** `len(item)`. */
export function sizeOf(item: Item): number {
  if (typeof item === 'string') return lengthOf(item);
  const elements = elementsOf(item);
  if (elements !== undefined) return elements.length;
  if (isItemDict(item)) return Object.keys(item).length;
  raise('TypeError', `object of type '${typeName(item)}' has no len()`);
}
