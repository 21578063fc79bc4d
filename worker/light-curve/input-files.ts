/**
 * The files of the input area that match a glob. Nothing outside the area is ever named or opened: the glob may not climb,
 * and a match whose real path lies elsewhere (a symbolic link) is refused.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { productAddress } from '../../core/model/address.ts';
import { EaselError } from '../../core/model/errors.ts';
import { globToRegExp } from '../../core/model/glob.ts';

export interface FoundFile {
  /** Relative to the input area. */
  readonly name: string;
  /** Absolute, without symbolic links. */
  readonly path: string;
}

/** Regular files, sorted by name. Throws EaselError for a glob that climbs out and for links that lead out. */
export async function findInputFiles(inputArea: string, glob: string): Promise<FoundFile[]> {
  const components = productAddress('', glob).split('/');
  const area = await realpath(inputArea);
  let found: FoundFile[] = [{ name: '', path: area }];
  for (const [depth, component] of components.entries()) {
    const pattern = globToRegExp(component);
    const next = await Promise.all(found.map((each) => matchesIn(each, pattern, area)));
    const wanted = depth === components.length - 1 ? 'file' : 'directory';
    found = next.flat().flatMap(({ file, kind }) => (kind === wanted ? [file] : []));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Match {
  readonly file: FoundFile;
  readonly kind: 'file' | 'directory' | 'other';
}

async function matchesIn(directory: FoundFile, pattern: RegExp, area: string): Promise<Match[]> {
  const matches: Match[] = [];
  for (const entry of await readdir(directory.path)) {
    if (!pattern.test(entry)) continue;
    const name = directory.name === '' ? entry : `${directory.name}/${entry}`;
    const path = await realpath(join(directory.path, entry));
    if (!path.startsWith(area + sep)) {
      throw new EaselError(
        'task',
        `${name} is a link to a place outside the input area: copy the file instead`,
      );
    }
    const status = await stat(path);
    const kind = status.isFile() ? 'file' : status.isDirectory() ? 'directory' : 'other';
    matches.push({ file: { name, path }, kind });
  }
  return matches;
}
