/**
 * The arguments of a command: `{inputs.NAME}`, `{outputs.NAME}` and `{settings.NAME}` (`{settings.a.b}` for nested
 * ones) are filled in, `{{` and `}}` are literal braces. Without a shell each argument stays one argument, whatever
 * the file names and settings hold; a list stands for several arguments when the placeholder is the whole argument.
 * With a shell every value is quoted.
 */
import { EaselError } from '../../core/model/errors.ts';
import { type Dict, isDict, toJson, type Value } from '../../core/model/values.ts';

export interface Names {
  readonly inputs: { readonly [name: string]: readonly string[] };
  readonly outputs: { readonly [name: string]: string };
  readonly settings: Dict;
}

/** Program and arguments. Throws EaselError. */
export function buildArguments(command: unknown, names: Names): string[] {
  if (names.settings.shell === true) return buildShell(command, names);
  const words = typeof command === 'string' ? splitWords(command) : command;
  if (!Array.isArray(words)) {
    throw refuse('the command is missing: give `command` as a list of arguments');
  }
  const built = words.flatMap((word, index) => fillArgument(toText(word, `argument ${index}`), names));
  if (built[0] === undefined || built[0] === '') throw refuse('the command names no program');
  return built;
}

function buildShell(command: unknown, names: Names): string[] {
  if (typeof command !== 'string') throw refuse('with `shell: true` the command must be one string');
  const quoted = replace(command, (name) => lookUp(name, names).map(quote).join(' '));
  return ['/bin/sh', '-c', quoted];
}

function splitWords(command: string): string[] {
  if (/['"\\]/.test(command)) {
    throw refuse('the command has quotes, but no shell reads them: write it as a list, or set `shell: true`');
  }
  return command.split(/\s+/).filter(Boolean);
}

function fillArgument(argument: string, names: Names): string[] {
  const whole = /^\{([^{}]+)\}$/.exec(argument)?.[1];
  if (whole !== undefined) return lookUp(whole, names);
  const filled = replace(argument, (name) => {
    const values = lookUp(name, names);
    if (values.length === 1) return values[0] ?? '';
    throw refuse(`{${name}} stands for ${values.length} values: make it an argument of its own`);
  });
  return [filled];
}

function replace(text: string, fill: (name: string) => string): string {
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (found, name: string | undefined) => {
    if (name !== undefined) return fill(name);
    if (found.length === 2) return found.charAt(0);
    throw refuse(`there is a single '${found}' in '${text}': write '${found}${found}' for a literal brace`);
  });
}

function lookUp(placeholder: string, names: Names): string[] {
  const dot = placeholder.indexOf('.');
  const area = placeholder.slice(0, dot);
  const name = placeholder.slice(dot + 1);
  if (area === 'inputs') return [...own(names.inputs, name, placeholder)];
  if (area === 'outputs') return [own(names.outputs, name, placeholder)];
  if (area === 'settings') return toTexts(findSetting(names.settings, name, placeholder), placeholder);
  throw refuse(
    `{${placeholder}} is not known: there are {inputs.NAME}, {outputs.NAME} and {settings.NAME}; write {{ and }} for literal braces`,
  );
}

function own<T>(from: { readonly [name: string]: T }, name: string, placeholder: string): T {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found !== undefined) return found;
  throw refuse(`{${placeholder}} is not known: the task has ${Object.keys(from).join(', ') || 'none'}`);
}

function findSetting(settings: Dict, path: string, placeholder: string): Value {
  let value: Value | undefined = settings;
  for (const key of path.split('.')) {
    value = isDict(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  if (value !== undefined) return value;
  throw refuse(
    `{${placeholder}} is not known: the task has the settings ${Object.keys(settings).join(', ')}`,
  );
}

function toTexts(value: Value, placeholder: string): string[] {
  return Array.isArray(value) ? value.map((each) => toText(each, placeholder)) : [toText(value, placeholder)];
}

/** Strings as they are, everything else as JSON. */
function toText(value: unknown, where: string): string {
  const text = typeof value === 'string' ? value : toJson(value as Value);
  if (text.includes('\0')) throw refuse(`${where} holds a NUL character, which no argument may`);
  return text;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function refuse(message: string): EaselError {
  return new EaselError('task', message);
}
