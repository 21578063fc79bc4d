/** Values as JSON that people read: indented, what is short on one line. Floats keep their point, as in `toJson`. */
import { isDict, toJson, type Value } from './values.ts';

const WIDTH = 100;
const STEP = '  ';

export function prettyJson(value: Value, indent = ''): string {
  const flat = toJson(value);
  const isNested = Array.isArray(value) || isDict(value);
  if (!isNested || flat.length + indent.length <= WIDTH) return isNested ? spaced(value) : flat;
  const below = `${indent}${STEP}`;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const lines = Array.isArray(value)
    ? value.map((each) => `${below}${prettyJson(each, below)}`)
    : Object.entries(value).map(
        ([key, each]) => `${below}${JSON.stringify(key)}: ${prettyJson(each, below)}`,
      );
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/** On one line, a space after each comma and colon. */
function spaced(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isDict(value)) return toJson(value);
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
