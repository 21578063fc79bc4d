/**
 * The values that job files, expressions and metadata are made of, and their JSON text.
 *
 * Python tells `1` from `1.0`, and so do the file names that job files build from numbers; `JSON.parse` does not.
 * Here an int is a bigint and a float is a number, from the text of the job file to the text in the database.
 * Dicts have no prototype, so that a key such as `__proto__` or `constructor` is a key and nothing else.
 */

export type Value = null | boolean | bigint | number | string | Value[] | Dict;

export interface Dict {
  [key: string]: Value;
}

/** A value as `JSON.parse` would give it: ints and floats are both numbers. What task modules see. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

export function dict(entries: Iterable<readonly [string, Value]> = []): Dict {
  const made: Dict = Object.create(null);
  for (const [key, value] of entries) made[key] = value;
  return made;
}

export function isDict(value: Value | undefined): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Later dicts win, as in Python's `dict.update`. */
export function merge(...dicts: readonly Dict[]): Dict {
  return dict(dicts.flatMap((each) => Object.entries(each)));
}

/** JSON text -> value. Throws SyntaxError. A number written with `.`, `e` or `E` is a float, any other an int. */
export function parseJson(text: string): Value {
  return JSON.parse(text, revive);
}

function revive(_key: string, value: unknown, context?: { source?: string }): Value {
  if (typeof value === 'number') {
    const source = context?.source ?? String(value);
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return dict(Object.entries(value as Dict));
  }
  return value as Value;
}

/**
 * Value -> JSON text, floats with a point or an exponent so that they come back as floats.
 * JSON has no NaN or infinity: they become null.
 */
export function toJson(value: Value): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'null';
    const text = Object.is(value, -0) ? '-0' : String(value);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  }
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${JSON.stringify(key)}:${toJson(each)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/** For code that only computes with numbers. Ints beyond 2^53 lose digits, as in any JSON reader. */
export function toPlain(value: Value): Plain {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toPlain(each)]));
  }
  return value;
}

/** The way back: a number without a fraction becomes an int. */
export function fromPlain(plain: Plain): Value {
  if (typeof plain === 'number') {
    return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? BigInt(plain) : plain;
  }
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === 'object' && plain !== null) {
    return dict(Object.entries(plain).map(([key, each]) => [key, fromPlain(each)]));
  }
  return plain;
}
