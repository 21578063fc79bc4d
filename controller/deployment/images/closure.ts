/**
 * The packages that Easel needs when it runs, found where they are installed: the closure of its production dependencies, laid
 * out anew, flat as npm does it. The image gets what runs here, byte by byte, and its build asks no npm registry.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EaselError } from '../../../core/model/errors.ts';

export interface PlacedPackage {
  /** Below the new `node_modules`: `zod`, `express/node_modules/debug`. */
  readonly place: string;
  /** Where it is installed. */
  readonly directory: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * @param root the directory of Easel's package.json
 * @param isLeftOut dependencies of Easel itself that the images do without, with all that only they need
 */
export function findClosure(root: string, isLeftOut: (name: string) => boolean): PlacedPackage[] {
  const placed = new Map<string, string>();
  const waiting = [{ place: '', directory: realpathSync(root) }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { place: user, directory } = next;
    for (const { name, isOptional } of namesOf(readManifest(directory))) {
      if (user === '' && isLeftOut(name)) continue;
      const found = findInstalled(directory, name);
      if (found === undefined && isOptional) continue;
      if (found === undefined) {
        throw new EaselError(
          'settings',
          `the package ${name}, which ${directory} needs, is not installed: run npm ci, or reinstall Easel`,
        );
      }
      const seen = placesInSight(user, name).find((place) => placed.has(place));
      if (seen !== undefined && placed.get(seen) === found) continue;
      const place = seen === undefined ? name : `${user}/node_modules/${name}`;
      placed.set(place, found);
      waiting.push({ place, directory: found });
    }
  }
  const all = [...placed].map(([place, directory]) => ({ place, directory }));
  return all.sort((one, other) => (one.place < other.place ? -1 : 1));
}

/** Sorted, so that the layout does not depend on the order in a manifest. */
function namesOf(manifest: Manifest): { name: string; isOptional: boolean }[] {
  const { optionalDependencies: optional = {}, peerDependenciesMeta: meta = {} } = manifest;
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter((name) => meta[name]?.optional !== true);
  const names = new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(optional), ...peers]);
  return [...names].sort().map((name) => ({ name, isOptional: name in optional }));
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

/** As Node looks for it: upwards through the directories called node_modules. */
function findInstalled(from: string, name: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = join(directory, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return realpathSync(found);
    if (directory === dirname(directory)) return undefined;
  }
}

/** Where a package at `user` finds `name` in the new layout, the nearest first. */
function placesInSight(user: string, name: string): string[] {
  const parts = user === '' ? [] : user.split('/node_modules/');
  return [...parts.keys()]
    .map((at) => [...parts.slice(0, parts.length - at), name].join('/node_modules/'))
    .concat(name);
}
