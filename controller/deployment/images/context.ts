/**
 * The build context of an image as a tar stream. The same files give the same bytes: names in order, nobody's owner, one instant
 * for all, and of the modes only whether a file can be executed. So the engine finds its cached layers again.
 */
import { readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { ContextFile } from './context-files.ts';

const INSTANT = new Date(0);
const OWNER = { uid: 0, gid: 0, uname: 'root', gname: 'root' };

export function packContext(files: readonly ContextFile[]): Readable {
  const sorted = [...files].sort((one, other) => (one.name < other.name ? -1 : 1));
  return Readable.from(packed(sorted));
}

/** One file in memory at a time. */
async function* packed(files: readonly ContextFile[]): AsyncGenerator<Buffer> {
  const tar = pack();
  for (const { name, path } of files) {
    const mode = (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755;
    tar.entry({ name, mode, mtime: INSTANT, ...OWNER }, readFileSync(path));
    for (let bytes = tar.read(); bytes !== null; bytes = tar.read()) yield bytes as Buffer;
  }
  tar.finalize();
  for await (const bytes of tar) yield bytes as Buffer;
}
