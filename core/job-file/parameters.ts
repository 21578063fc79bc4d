/**
 * The parameters of a job: what the file declares, and the values given at submission in their place.
 * A parameter is a plain value (no object, no expression); its type is the declared one, if there is one.
 */
import { isExpression } from '../model/expression/expression.ts';
import { type Dict, dict, isDict, parseJson, type Value } from '../model/values.ts';
import { describeValue } from './accepts.ts';
import type { Check } from './check.ts';
import { scanJson } from './json-scan.ts';
import { type Path, quote } from './problem.ts';

export const PARAMETER_TYPES = ['number', 'integer', 'string', 'boolean', 'list'] as const;
type ParameterType = (typeof PARAMETER_TYPES)[number];

const FITS: Record<ParameterType, (value: Value) => boolean> = {
  number: (value) => typeof value === 'bigint' || typeof value === 'number',
  integer: (value) => typeof value === 'bigint',
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
};

const DECLARATION_KEYS = ['type', 'default', 'description'];
const MAX_DEPTH = 50;

/** The `parameters` object with every default replaced by the value given for it; undefined when there is none. */
export function readParameters(root: Dict, set: readonly string[], check: Check): Dict | undefined {
  const declared = root.parameters;
  const given = readSettings(set, isDict(declared) ? declared : dict(), check);
  if (!isDict(declared)) return undefined;
  return dict(
    Object.entries(declared).map(([name, declaration]) => {
      const value = given.get(name);
      checkDeclaration(name, declaration, value !== undefined, check);
      if (value === undefined) return [name, declaration];
      return [name, isDict(declaration) ? dict([...Object.entries(declaration), ['default', value]]) : value];
    }),
  );
}

function readSettings(set: readonly string[], declared: Dict, check: Check): Map<string, Value> {
  const given = new Map<string, Value>();
  for (const text of set) {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    const path = ['parameters', name];
    if (at < 0)
      check.findings.error({ path: ['parameters'], message: `--set ${quote(text)}: expected name=value` });
    else if (!Object.hasOwn(declared, name)) {
      const near = { word: name, among: Object.keys(declared) };
      const message = `--set ${quote(name)}: the file has no parameter of this name`;
      check.findings.error({ path: ['parameters'], message, near });
    } else {
      const declaration = declared[name] ?? null;
      const value = readValue(text.slice(at + 1), declaration);
      const fault = faultOf(value, typeOf(declaration));
      if (fault !== undefined) check.findings.error({ path, message: `--set ${quote(text)}: ${fault}` });
      given.set(name, value);
    }
  }
  return given;
}

/** JSON where it is JSON; but where a string is wanted, the text as it is: `night=20210223`. */
function readValue(text: string, declaration: Value): Value {
  const wantsText = typeof declaration === 'string' || typeOf(declaration) === 'string';
  const scan = scanJson(text, MAX_DEPTH);
  if (scan.tooDeepAt !== undefined || scan.tooLongNumberAt !== undefined) return text;
  try {
    const value = parseJson(text);
    return wantsText && typeof value !== 'string' ? text : value;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function checkDeclaration(name: string, declaration: Value, given: boolean, { findings }: Check): void {
  const path: Path = ['parameters', name];
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const message = 'the name of a parameter has letters, digits and _, and no digit first';
    findings.error({ path, message, part: 'key' });
  }
  if (!isDict(declaration)) {
    const fault = faultOf(declaration, undefined);
    if (fault !== undefined) findings.error({ path, message: fault });
    return;
  }
  for (const key of Object.keys(declaration)) {
    if (DECLARATION_KEYS.includes(key)) continue;
    const near = { word: key, among: DECLARATION_KEYS };
    findings.error({
      path: [...path, key],
      message: 'a parameter has type, default and description',
      part: 'key',
      near,
    });
  }
  checkType(path, declaration, given, findings);
}

function checkType(path: Path, declaration: Dict, given: boolean, findings: Check['findings']): void {
  const { type, default: value, description } = declaration;
  if (type !== undefined && typeOf(declaration) === undefined) {
    const message = `expected one of ${PARAMETER_TYPES.join(', ')}`;
    const near = { word: typeof type === 'string' ? type : '', among: PARAMETER_TYPES };
    findings.error({ path: [...path, 'type'], message, near });
  }
  if (description !== undefined && typeof description !== 'string') {
    findings.error({ path: [...path, 'description'], message: 'expected a string' });
  }
  if (value === undefined) {
    if (!given)
      findings.error({ path, message: 'the parameter has no default and no value was given with --set' });
    return;
  }
  const fault = faultOf(value, typeOf(declaration));
  if (fault !== undefined) findings.error({ path: [...path, 'default'], message: fault });
}

function typeOf(declaration: Value): ParameterType | undefined {
  const type = isDict(declaration) ? declaration.type : undefined;
  return PARAMETER_TYPES.find((each) => each === type);
}

function faultOf(value: Value, type: ParameterType | undefined): string | undefined {
  if (type !== undefined && !FITS[type](value))
    return `expected ${withArticle(type)}, found ${describeValue(value)}`;
  if (hasObject(value)) return 'a parameter is a plain value or a list of them, not an object';
  if (hasExpression(value))
    return 'a parameter is a plain value: it may not start like an expression, with ( or a quote';
  return typeof value === 'number' && !Number.isFinite(value) ? 'the number is too large' : undefined;
}

function withArticle(type: ParameterType): string {
  return type === 'integer' ? 'an integer' : `a ${type}`;
}

function hasObject(value: Value): boolean {
  return Array.isArray(value) ? value.some(hasObject) : isDict(value);
}

function hasExpression(value: Value): boolean {
  return Array.isArray(value) ? value.some(hasExpression) : typeof value === 'string' && isExpression(value);
}
