/**
 * What the keys of the format accept: for each kind of value its JSON Schema and the check of its basic form.
 * One table for both, so that an editor and the validator say the same.
 */
import { isExpression } from '../model/expression/expression.ts';
import { EXIT_CLASSES } from '../model/states.ts';
import { isDict, type Value } from '../model/values.ts';
import type { Path } from './problem.ts';

export type JsonSchema = { readonly [key: string]: unknown };

export interface Fault {
  /** Below the value that was checked. */
  readonly path: Path;
  readonly message: string;
}

export interface Accepted {
  readonly schema: JsonSchema;
  faults(value: Value): readonly Fault[];
}

const OK: readonly Fault[] = [];
const IDENTIFIER = '^[A-Za-z_][A-Za-z0-9_]*$';
const expression = { type: 'string', pattern: '^\\s*[(\'"]', description: 'an expression' };

const fault = (message: string, path: Path = []): readonly Fault[] => [{ path, message }];
const expected = (what: string, value: Value, path: Path = []) =>
  fault(`expected ${what}, found ${describeValue(value)}`, path);

const isText = (value: Value): value is string => typeof value === 'string';
const isExpressionText = (value: Value): value is string => isText(value) && isExpression(value);

export const ACCEPTS = {
  text: {
    schema: { type: 'string' },
    faults: (value: Value) => (isText(value) ? OK : expected('a string', value)),
  },
  label: {
    schema: { type: 'string', minLength: 1 },
    faults: (value: Value) => {
      if (!isText(value)) return expected('a string', value);
      return value === '' ? fault('the name is empty') : OK;
    },
  },
  identifier: {
    schema: { type: 'string', pattern: IDENTIFIER },
    faults: (value: Value) => {
      if (!isText(value)) return expected('a name', value);
      return new RegExp(IDENTIFIER).test(value)
        ? OK
        : fault('a name has letters, digits and _, and no digit first');
    },
  },
  names: {
    schema: { type: 'array', items: { type: 'string' } },
    faults: (value: Value) => {
      if (!Array.isArray(value)) return expected('a list of names', value);
      return value.flatMap((each, index) => (isText(each) ? OK : expected('a name', each, [index])));
    },
  },
  inputs: {
    schema: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    },
    faults: (value: Value) => {
      if (!isDict(value)) return expected('an object of file names', value);
      return Object.entries(value).flatMap(([name, file]) => fileFaults(name, file));
    },
  },
  outputs: {
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    faults: (value: Value) => {
      if (!isDict(value)) return expected('an object of file names', value);
      return Object.entries(value).flatMap(([name, file]) =>
        isText(file) ? OK : expected('a file name', file, [name]),
      );
    },
  },
  tasks: {
    schema: { type: 'array', items: { $ref: '#/$defs/task' } },
    faults: (value: Value) => (Array.isArray(value) ? OK : expected('a list of tasks', value)),
  },
  parameters: {
    schema: {
      type: 'object',
      propertyNames: { pattern: IDENTIFIER },
      additionalProperties: {
        anyOf: [{ type: ['number', 'string', 'boolean', 'array', 'null'] }, { $ref: '#/$defs/parameter' }],
      },
    },
    faults: (value: Value) => (isDict(value) ? OK : expected('an object', value)),
  },
  list: {
    schema: { anyOf: [{ type: 'array' }, expression] },
    faults: (value: Value) =>
      Array.isArray(value) || isExpressionText(value) ? OK : expected('a list, or an expression', value),
  },
  range: {
    schema: {
      anyOf: [
        { type: 'array', items: { anyOf: [{ type: 'number' }, expression] }, minItems: 3, maxItems: 3 },
        expression,
      ],
    },
    faults: rangeFaults,
  },
  condition: {
    schema: { anyOf: [{ type: 'boolean' }, { type: 'number' }, expression] },
    faults: (value: Value) => {
      if (isText(value) && !isExpression(value)) {
        return fault('this text is no expression, and so always true: put it in parentheses');
      }
      return typeof value === 'object' ? expected('a condition', value) : OK;
    },
  },
  integer: {
    schema: { anyOf: [{ type: 'integer' }, expression] },
    faults: (value: Value) =>
      typeof value === 'bigint' || isExpressionText(value) ? OK : expected('a whole number', value),
  },
  seconds: {
    schema: { anyOf: [{ type: 'number', minimum: 0 }, expression] },
    faults: (value: Value) => secondsFaults(value, []),
  },
  retries: {
    schema: {
      anyOf: [
        { type: 'integer', minimum: 0 },
        expression,
        {
          type: 'object',
          propertyNames: { enum: EXIT_CLASSES },
          additionalProperties: { type: 'integer', minimum: 0 },
        },
      ],
    },
    faults: (value: Value) => [
      ...memberFaults(value, EXIT_CLASSES, countFaults),
      ...literalFaults(value, 'lost', 'a lost attempt is judged by a scheduler'),
    ],
  },
  timeout: {
    schema: {
      anyOf: [
        { type: 'number', minimum: 0 },
        expression,
        {
          type: 'object',
          properties: { queue: { type: 'number', minimum: 0 }, run: { type: 'number', minimum: 0 } },
          additionalProperties: false,
        },
      ],
    },
    faults: (value: Value) => [
      ...memberFaults(value, ['queue', 'run'], secondsFaults),
      ...literalFaults(value, 'queue', 'what waits is judged by a scheduler'),
    ],
  },
} satisfies Record<string, Accepted>;

export type Accepts = keyof typeof ACCEPTS;

export function describeValue(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isDict(value)) return 'an object';
  if (typeof value === 'string') return 'a string';
  return typeof value === 'boolean' ? String(value) : `the number ${value}`;
}

function fileFaults(name: string, file: Value): readonly Fault[] {
  if (!Array.isArray(file))
    return isText(file) ? OK : expected('a file name, or a list of them', file, [name]);
  return file.flatMap((each, index) => (isText(each) ? OK : expected('a file name', each, [name, index])));
}

function rangeFaults(value: Value): readonly Fault[] {
  if (isExpressionText(value)) return OK;
  if (!Array.isArray(value)) return expected('[start, end, count]', value);
  if (value.length !== 3) return fault(`expected [start, end, count], found ${value.length} items`);
  const [, , count] = value;
  const items = value.flatMap((each, index) =>
    typeof each === 'bigint' || typeof each === 'number' || isExpressionText(each)
      ? OK
      : expected('a number, or an expression', each, [index]),
  );
  const whole = typeof count === 'bigint' || (typeof count === 'number' && Number.isInteger(count));
  const isCount = typeof count === 'string' || (whole && Number(count) >= 0);
  return isCount || items.length > 0
    ? items
    : expected('a count (a whole number, 0 or more)', count ?? null, [2]);
}

function secondsFaults(value: Value, path: Path): readonly Fault[] {
  const good = (typeof value === 'bigint' || typeof value === 'number') && value >= 0;
  return good || isExpressionText(value) ? OK : expected('a number of seconds, 0 or more', value, path);
}

function countFaults(value: Value, path: Path): readonly Fault[] {
  const good = typeof value === 'bigint' && value >= 0n;
  return good || isExpressionText(value) ? OK : expected('a whole number, 0 or more', value, path);
}

/** Expressions are evaluated when a task starts: too late for this member. */
function literalFaults(value: Value, name: string, why: string): readonly Fault[] {
  const member = isDict(value) ? value[name] : undefined;
  return member !== undefined && isExpressionText(member)
    ? fault(`expected a number: ${why}, where no expression is evaluated`, [name])
    : OK;
}

function memberFaults(
  value: Value,
  names: readonly string[],
  check: (value: Value, path: Path) => readonly Fault[],
): readonly Fault[] {
  if (!isDict(value)) return check(value, []);
  return Object.entries(value).flatMap(([name, each]) =>
    names.includes(name) ? check(each, [name]) : fault(`expected one of ${names.join(', ')}`, [name]),
  );
}
