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

/** A later file may replace a type of an earlier one. */
export function loadRegistry(files: readonly string[]): Registry {
  const builtIn = join(codeDirectory(), 'worker', 'task-types.yaml');
  return new Map([builtIn, ...files].flatMap((file) => readTypes(file)));
}

function readTypes(file: string): [string, RegisteredType][] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EaselError(
      'settings',
      `task types: ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = z.record(z.string(), taskTypeSchema).safeParse(content);
  if (!parsed.success)
    throw new EaselError('settings', `task types: ${file}: ${z.prettifyError(parsed.error)}`);
  return Object.entries(parsed.data).map(([name, type]) => {
    if ((FLOW_TYPES as readonly string[]).includes(name) || !/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(name)) {
      throw new EaselError('settings', `task types: ${file}: "${name}" cannot be the name of a task type`);
    }
    const directory = dirname(resolve(file));
    if (type.module === undefined) return [name, { ...type, name, directory }];
    return [
      name,
      { ...type, name, directory, module: existingModule(directory, type.module, `${file}: ${name}`) },
    ];
  });
}

/** In the compiled package the modules end in `.js`. */
function existingModule(directory: string, module: string, where: string): string {
  const found = [module, module.replace(/\.ts$/, '.js')].find((each) => existsSync(resolve(directory, each)));
  if (found === undefined)
    throw new EaselError('settings', `task types: ${where}: there is no file ${resolve(directory, module)}`);
  return found;
}
