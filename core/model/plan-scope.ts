/**
 * What is known before a job runs: parameters and the loop variables in force. Variables that are there but whose
 * value is not known make every expression that reads them unknown, never wrong.
 */
import { EaselError } from './errors.ts';
import { evaluateDeep, isExpression, namesUsed, type Scope } from './expression/expression.ts';
import { keysRead } from './expression-keys.ts';
import { type Dict, dict, isDict, merge, toJson, type Value } from './values.ts';

/** The variables an expression reads, or all of them. */
export type Variables = ReadonlySet<string> | 'all';

export class PlanScope implements Scope {
  readonly metadata: Dict;
  readonly requestedMetadata = dict();
  readonly #unknown = new Set<string>();

  constructor(parameters: Dict) {
    this.metadata = merge(parameters);
  }

  random(): number {
    throw new EaselError('task', 'random numbers are drawn when the job runs');
  }

  /** The value, or undefined when it will be known only as the job runs. */
  evaluate(value: Value): Value | undefined {
    const names = namesUsed(value);
    if (names.has('requested_metadata') || names.has('random')) return undefined;
    if (this.#unknown.size > 0 && this.#touchesUnknown(variablesOf(value))) return undefined;
    return attempt(() => evaluateDeep(value, this));
  }

  /** Runs `inner` with variables set, undefined meaning unknown, and puts the old ones back. */
  within<T>(variables: readonly (readonly [string, Value | undefined])[], inner: () => T): T {
    const before = variables.map(([name]) => [name, this.metadata[name], this.#unknown.has(name)] as const);
    for (const [name, value] of variables) this.#set(name, value, value === undefined);
    const result = inner();
    for (const [name, value, unknown] of before) this.#set(name, value, unknown);
    return result;
  }

  /** Text that is the same exactly when all of `variables` have the same values. */
  keyOf(variables: ReadonlySet<string>): string {
    return [...variables].map((name) => `${name}=${this.#describe(name)}`).join('\n');
  }

  #describe(name: string): string {
    const value = this.metadata[name];
    if (value === undefined) return this.#unknown.has(name) ? '?' : '-';
    return toJson(value);
  }

  #set(name: string, value: Value | undefined, unknown: boolean): void {
    if (value === undefined) delete this.metadata[name];
    else this.metadata[name] = value;
    if (unknown) this.#unknown.add(name);
    else this.#unknown.delete(name);
  }

  #touchesUnknown(variables: Variables): boolean {
    return variables === 'all' || [...variables].some((name) => this.#unknown.has(name));
  }
}

/** Undefined where the expression or the loop fails: then the job will say so when it gets there. */
export function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof EaselError) return undefined;
    throw error;
  }
}

export function variablesOf(value: Value): Variables {
  if (typeof value === 'string') return isExpression(value) ? variablesOfExpression(value) : new Set();
  if (Array.isArray(value)) return union(value.map(variablesOf));
  if (isDict(value)) return union([...Object.keys(value), ...Object.values(value)].map(variablesOf));
  return new Set();
}

export function union(all: readonly Variables[]): Variables {
  const names = new Set<string>();
  for (const each of all) {
    if (each === 'all') return 'all';
    for (const name of each) names.add(name);
  }
  return names;
}

export function without(variables: Variables, names: readonly string[]): Variables {
  return variables === 'all' ? 'all' : new Set([...variables].filter((each) => !names.includes(each)));
}

function variablesOfExpression(source: string): Variables {
  const { keys, open } = keysRead(source, 'metadata');
  return open ? 'all' : new Set(keys.map(({ key }) => key));
}
