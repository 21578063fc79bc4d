/** Expressions inside larger values: those of a task's settings are evaluated wherever they stand, keys included. */
import { type Dict, dict, isDict, type Value } from '../values.ts';
import { compileExpression, isExpression, type Scope } from './compiled-expression.ts';
import { ExpressionError } from './expression-error.ts';
import type { FreeName } from './syntax.ts';

/** A job file nested deeper than this was not written by a person. */
const DEPTH = 200;

/**
 * Strings that are expressions are evaluated, keys too; everything else is itself. The result shares nothing with
 * `value`. Throws ExpressionError whose path is `path` and the JSON path of the place within `value`.
 */
export function evaluateDeep(value: Value, scope: Scope, path = '$'): Value {
  return evaluateAt(value, scope, { path, depth: 0 });
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function evaluateAt(value: Value, scope: Scope, place: Place): Value {
  if (typeof value === 'string') return evaluateText(value, scope, place.path);
  if (typeof value !== 'object' || value === null) return value;
  if (place.depth >= DEPTH) throw failure('', `nested more than ${DEPTH} deep`, place.path);
  const depth = place.depth + 1;
  if (!isDict(value))
    return value.map((each, at) => evaluateAt(each, scope, { path: `${place.path}[${at}]`, depth }));
  return evaluateDict(value, scope, { path: place.path, depth });
}

function evaluateDict(value: Dict, scope: Scope, place: Place): Dict {
  const made = dict();
  for (const [key, each] of Object.entries(value)) {
    const path = place.path + pathStep(key);
    const name = evaluateText(key, scope, path);
    if (typeof name !== 'string') throw failure(key, 'TypeError: a key must be a string', path);
    if (Object.hasOwn(made, name)) throw failure(key, `two keys become '${name.slice(0, 100)}'`, path);
    made[name] = evaluateAt(each, scope, { path, depth: place.depth });
  }
  return made;
}

function evaluateText(text: string, scope: Scope, path: string): Value {
  if (!isExpression(text)) return text;
  try {
    return compileExpression(text).evaluate(scope);
  } catch (error) {
    throw error instanceof ExpressionError ? error.atPath(path) : error;
  }
}

function failure(source: string, reason: string, path: string): ExpressionError {
  return new ExpressionError({ reason, source, offset: 0, kind: 'evaluation', path });
}

/** `.key`, or `["any key"]` where the key is no plain name. */
function pathStep(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Names used by any expression inside value, keys included. Throws ExpressionError when one is wrong. */
export function namesUsed(value: Value): ReadonlySet<FreeName> {
  const names = new Set<FreeName>();
  const left: Value[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'string') {
      if (isExpression(next)) for (const name of compileExpression(next).uses) names.add(name);
    } else if (Array.isArray(next)) {
      for (const each of next) left.push(each);
    } else if (isDict(next)) {
      for (const [key, each] of Object.entries(next)) left.push(key, each);
    }
  }
  return names;
}
