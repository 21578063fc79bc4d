/**
 * Which images there are. Each is a folder with a Dockerfile and a registry file, of Easel's own (worker/images) or in `images/` of
 * the home, and runs the classes of workers that its registry file names; `base` has none of its own and runs the built-in types.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EaselError } from '../../../core/model/errors.ts';
import { codeDirectory, easelVersion } from '../../../core/runtime/package.ts';
import { builtInTypes, loadRegistry } from '../../../core/runtime/registry.ts';

export interface Image {
  readonly name: string;
  /** As `easel images build` names it, and services ask for it. */
  readonly tag: string;
  readonly directory: string;
  readonly taskTypes: string;
  readonly workerClasses: readonly string[];
}

/** All others are made from it. */
export const BASE = 'base';

/** The base first, the others by name. */
export function findImages(home: string): Image[] {
  const images = new Map<string, Image>();
  for (const folder of [join(codeDirectory(), 'worker', 'images'), join(home, 'images')]) {
    for (const name of namesIn(folder)) {
      const directory = join(folder, name);
      const other = images.get(name);
      if (other !== undefined)
        throw refuse(directory, `there is an image ${name} already, in ${other.directory}: rename it`);
      images.set(name, readImage(name, directory));
    }
  }
  return [...images.values()].sort((one, other) =>
    (one.name === BASE) !== (other.name === BASE)
      ? Number(other.name === BASE) - Number(one.name === BASE)
      : one.name < other.name
        ? -1
        : 1,
  );
}

/** In the order of the catalogue. Throws EaselError when one of them is not in it. */
export function chooseImages(images: readonly Image[], names: readonly string[]): Image[] {
  const unknown = names.find((name) => !images.some((image) => image.name === name));
  if (unknown !== undefined) {
    const known = images.map(({ name }) => name).join(', ');
    throw new EaselError('not_found', `there is no image ${unknown}: there are ${known}`);
  }
  return images.filter(({ name }) => names.length === 0 || names.includes(name));
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : []));
}

function readImage(name: string, directory: string): Image {
  if (!/^[a-z0-9]+([._-][a-z0-9]+)*$/.test(name))
    throw refuse(
      directory,
      'an image is named with a-z, 0-9 and single . _ - between them: rename the folder',
    );
  const taskTypes = name === BASE ? builtInTypes() : join(directory, 'task-types.yaml');
  for (const file of [join(directory, 'Dockerfile'), taskTypes])
    if (!existsSync(file))
      throw refuse(directory, `an image needs a Dockerfile and a task-types.yaml; there is no ${file}`);
  const tag = `easel/${name}:${easelVersion()}`;
  return { name, tag, directory, taskTypes, workerClasses: classesOf(taskTypes) };
}

/** Of the types that the file itself holds. */
function classesOf(file: string): string[] {
  const registry = loadRegistry([file]);
  const names = Object.keys((parse(readFileSync(file, 'utf8')) ?? {}) as object);
  const classes = names.flatMap((name) => registry.get(name)?.worker_class ?? []);
  return [...new Set(classes)].sort();
}

function refuse(directory: string, message: string): EaselError {
  return new EaselError('settings', `${directory}: ${message}`);
}
