/** The task-type registry: the built-in file and those that the settings name, checked and merged. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { EaselError } from '../model/errors.ts';
import { FLOW_TYPES, type TaskType, taskTypeSchema } from '../model/task-type.ts';
import { codeDirectory } from './package.ts';

export interface RegisteredType extends TaskType {
  /** The directory of the registry file: what `module` is relative to. */
  readonly directory: string;
}

export type Registry = ReadonlyMap<string, RegisteredType>;

/**
 * A later file may replace a type of an earlier one, or change only what it names: `{extends: verify, worker_class: big}` is
 * `verify` in a class of its own.
 */
export function loadRegistry(files: readonly string[]): Registry {
  const registry = new Map<string, RegisteredType>();
  for (const file of [builtInTypes(), ...files])
    for (const type of readTypes(file, registry)) registry.set(type.name, type);
  return registry;
}

/** The registry file of the types that come with Easel. */
export function builtInTypes(): string {
  return join(codeDirectory(), 'worker', 'task-types.yaml');
}

function readTypes(file: string, earlier: Registry): RegisteredType[] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EaselError(
      'settings',
      `task types: ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const completed = z.record(z.string(), entry(earlier).pipe(taskTypeSchema));
  const parsed = completed.safeParse(content);
  if (!parsed.success)
    throw new EaselError('settings', `task types: ${file}: ${z.prettifyError(parsed.error)}`);
  return Object.entries(parsed.data).map(([name, type]) => {
    if ((FLOW_TYPES as readonly string[]).includes(name) || !/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(name)) {
      throw new EaselError('settings', `task types: ${file}: "${name}" cannot be the name of a task type`);
    }
    const directory = dirname(resolve(file));
    if (type.module === undefined) return { ...type, name, directory };
    return {
      ...{ ...type, name, directory },
      module: existingModule(directory, type.module, `${file}: ${name}`),
    };
  });
}

/** An entry of a file, with what it takes over from an earlier type. */
function entry(earlier: Registry) {
  return z.unknown().transform((given, { addIssue }) => {
    const extending = z.looseObject({ extends: z.string() }).safeParse(given);
    if (!extending.success) return given;
    const { extends: from, ...own } = extending.data;
    const type = earlier.get(from);
    if (type === undefined) {
      addIssue(`extends ${from}, which is no type of an earlier file: ${[...earlier.keys()].join(', ')}`);
      return z.NEVER;
    }
    const { name: _name, directory, module, command, ...taken } = type;
    if ('module' in own || 'command' in own) return { ...taken, ...own };
    return { ...taken, command, module: module && resolve(directory, module), ...own };
  });
}

/** In the compiled package the modules end in `.js`. */
function existingModule(directory: string, module: string, where: string): string {
  const found = [module, module.replace(/\.ts$/, '.js')].find((each) => existsSync(resolve(directory, each)));
  if (found === undefined)
    throw new EaselError('settings', `task types: ${where}: there is no file ${resolve(directory, module)}`);
  return found;
}
