/** Who holds the write lock of a SQLite database in WAL mode, as the kernel's table of file locks tells it. */
import { readFileSync, statSync } from 'node:fs';

/** SQLite locks bytes of the shared-memory file: 120 to write, 121 to checkpoint, 122 to recover. */
const FIRST_BYTE = 120;
const LAST_BYTE = 122;

export function holdsWriteLock(pid: number, file: string): boolean {
  const inode = statSync(`${file}-shm`, { throwIfNoEntry: false })?.ino;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, , , mode, owner, place, first, last]) => {
      const overlaps = Number(first) <= LAST_BYTE && (last === 'EOF' || Number(last) >= FIRST_BYTE);
      return mode === 'WRITE' && Number(owner) === pid && place?.endsWith(`:${inode}`) === true && overlaps;
    });
}
