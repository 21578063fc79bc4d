/** Directories of this machine that containers are to work in: there, and theirs to write. */
import { chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { EaselError } from '../../core/model/errors.ts';
import { CONTAINER_USER, type Mount } from './service.ts';

/** What has something in it is never changed: whose it is, is for people to say. */
export function prepareAreas(mounts: readonly Mount[]): void {
  for (const { kind, source, readOnly } of mounts) {
    if (kind !== 'directory') continue;
    mkdirSync(source, { recursive: true });
    if (!readOnly) makeWritable(source);
  }
}

function makeWritable(directory: string): void {
  if (isWritable(directory)) return;
  const isEmpty = readdirSync(directory).length === 0;
  if (isEmpty && process.getuid?.() === 0) {
    chownSync(directory, CONTAINER_USER, CONTAINER_USER);
    return;
  }
  throw new EaselError(
    'conflict',
    `containers run as user ${CONTAINER_USER} and cannot write to ${directory}: \`chown -R ${CONTAINER_USER}:${CONTAINER_USER} ${directory}\``,
  );
}

/** For the containers' user; what is below it has other owners where others worked there before. */
function isWritable(directory: string): boolean {
  const mayWrite = (path: string) => {
    const { uid, gid, mode } = statSync(path);
    if (uid === CONTAINER_USER) return (mode & 0o200) !== 0;
    return (gid === CONTAINER_USER && (mode & 0o020) !== 0) || (mode & 0o002) !== 0;
  };
  const versions = `${directory}/.easel`;
  return mayWrite(directory) && (!existsSync(versions) || mayWrite(versions));
}
