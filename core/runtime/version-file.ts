/**
 * Opens the file of a version for reading: a regular file below the versions area, never through a link, of the size that its record
 * says. What is read afterwards is read through the descriptor, so that nobody can put another file in its place.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EaselError } from '../model/errors.ts';
import { type Areas, versionsDirectory } from './areas.ts';

export interface RecordedFile {
  /** Path below the versions area. */
  readonly file: string;
  readonly size: number;
  /** For messages. */
  readonly address: string;
}

/** The caller closes it. Throws EaselError `not_found`, without a path of this machine. */
export async function openVersion(areas: Areas, recorded: RecordedFile): Promise<FileHandle> {
  const parts = recorded.file.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw refused(recorded, 'its record names no place in the versions area');
  const handle = await openBelow(areas, recorded);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refused(recorded, 'it is no regular file');
    if (stats.size !== recorded.size)
      throw refused(recorded, `it has ${stats.size} bytes instead of ${recorded.size}`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openBelow(areas: Areas, recorded: RecordedFile): Promise<FileHandle> {
  try {
    const area = await realpath(versionsDirectory(areas));
    const path = join(area, recorded.file);
    // a link on the way to the file leads elsewhere, one in its place is not followed
    const isThere = (await realpath(path)) === path && path.startsWith(area + sep);
    if (!isThere) throw refused(recorded, 'a link stands in its place');
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof EaselError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw refused(recorded, isMissing ? 'it is missing' : 'it cannot be read', error);
  }
}

function refused({ address }: RecordedFile, why: string, cause?: unknown): EaselError {
  const text = `the file of "${address}" cannot be shown: ${why}; \`easel doctor\` says more`;
  return new EaselError('not_found', text, { cause });
}
