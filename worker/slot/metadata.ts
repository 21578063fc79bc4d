/**
 * Output metadata as tasks publish it: key -> number, string, boolean or null, and its JSON text.
 * The registry says which keys are floats, so that `10` from JavaScript and `10.0` from Python are the same value.
 * Everything is bounded: metadata goes to the database and into expressions.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { EaselError } from '../../core/model/errors.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { type Dict, dict, isDict, parseJson, toJson, type Value } from '../../core/model/values.ts';

const MAX_METADATA_BYTES = 1_048_576;
const MAX_KEYS = 1_000;
const MAX_KEY_LENGTH = 200;

type Declared = TaskType['metadata'];

/** What a module returned, as JSON text. Throws EaselError naming the key that cannot be kept. */
export function checkModuleMetadata(returned: unknown, declared: Declared): string {
  if (returned === undefined || returned === null) return '{}';
  if (typeof returned !== 'object' || Array.isArray(returned)) {
    throw refuse(`the task returned ${describe(returned)} as its metadata; it must be an object`);
  }
  const present = Object.entries(returned).filter(([, value]) => value !== undefined);
  return checkMetadata(dict(present.map(([key, value]) => [key, toValue(key, value)])), declared);
}

/** Values of a dict, as JSON text. Throws EaselError naming the key that cannot be kept. */
export function checkMetadata(metadata: Dict, declared: Declared): string {
  const entries = Object.entries(metadata);
  if (entries.length > MAX_KEYS)
    throw refuse(`it has ${entries.length} metadata keys; ${MAX_KEYS} are allowed`);
  for (const [key, value] of entries) {
    if (key.length > MAX_KEY_LENGTH) {
      throw refuse(`metadata key '${key.slice(0, 40)}...' is longer than ${MAX_KEY_LENGTH} characters`);
    }
    if (typeof value === 'object' && value !== null) throw refuseKind(key, value);
  }
  const text = toJson(dict(entries.map(([key, value]) => [key, coerce(value, declared[key])])));
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) throw refuse('its metadata is larger than 1 MiB');
  return text;
}

/** The file that a command may have written. Throws EaselError when it is there and is not right. */
export function readMetadataFile(path: string, declared: Declared): string {
  const text = readBounded(path);
  if (text === undefined) return '{}';
  const value = parse(text);
  if (!isDict(value)) throw refuse(`EASEL_METADATA holds ${describe(value)}; it must be a JSON object`);
  return checkMetadata(value, declared);
}

function readBounded(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw refuse(`EASEL_METADATA cannot be read: ${String(error)}`);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw refuse('EASEL_METADATA is not a regular file');
    if (stats.size > MAX_METADATA_BYTES)
      throw refuse(`EASEL_METADATA has ${stats.size} bytes; 1 MiB is allowed`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function parse(text: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    const hint = /\b(NaN|-?Infinity)\b/.test(text)
      ? ' (JSON has no NaN and no Infinity: leave the key out)'
      : '';
    throw refuse(`EASEL_METADATA is not JSON: ${error instanceof Error ? error.message : ''}${hint}`);
  }
}

function toValue(key: string, value: unknown): Value {
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw refuse(`metadata key '${key}' is ${value}; it must be a finite number`);
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
  }
  const isScalar = value === null || ['string', 'boolean', 'bigint'].includes(typeof value);
  if (!isScalar) throw refuseKind(key, value);
  return value as Value;
}

function coerce(value: Value, kind: Declared[string] | undefined): Value {
  if (kind === 'float' && typeof value === 'bigint') return Number(value);
  if (kind === 'int' && typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return value;
}

function refuseKind(key: string, value: unknown): EaselError {
  return refuse(`metadata key '${key}' is ${describe(value)}; it must be a number, string, boolean or null`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

function refuse(message: string): EaselError {
  return new EaselError('task', message);
}
