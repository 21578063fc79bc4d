/**
 * The two areas of files: the input area, where files lie that people bring (read only), and the output area, where
 * products appear under their own names. Easel's own files are below `.easel` in the output area: `versions` (every
 * version's content, the truth that tasks read) and `scratch` (one directory per attempt).
 */
import { randomUUID } from 'node:crypto';
import { globSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { EaselError } from '../model/errors.ts';

export interface Areas {
  readonly input: string;
  readonly output: string;
}

export const versionsDirectory = (areas: Areas): string => join(areas.output, '.easel', 'versions');
export const scratchDirectory = (areas: Areas): string => join(areas.output, '.easel', 'scratch');

const PROBE = 'probe-';

/** A file to be written and removed at once: can the area be written? One that a killed process left means nothing. */
export const probeFile = (areas: Areas): string => join(scratchDirectory(areas), `${PROBE}${randomUUID()}`);
export const isProbe = (name: string): boolean => name.startsWith(PROBE);

/** A regular file of the input area at this address, no way out through links. */
export function inputFile(areas: Areas, address: string): string | undefined {
  const path = join(areas.input, address);
  try {
    return statSync(path).isFile() && isInside(areas.input, path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Files of the input area that match a path or glob, relative to it, sorted. */
export function listInputFiles(areas: Areas, glob: string): string[] {
  if (isAbsolute(glob) || glob.split('/').includes('..')) {
    throw new EaselError('task', `"${glob}": the path must lie inside the input area`);
  }
  return globSync(glob, { cwd: areas.input })
    .filter((path) => inputFile(areas, path) !== undefined)
    .sort();
}

function isInside(area: string, path: string): boolean {
  const way = relative(realpathSync(area), realpathSync(path));
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}
