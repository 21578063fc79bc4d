/** What an image says of itself, by the labels that are usual for it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { easelVersion, packageDirectory } from '../../../core/runtime/package.ts';

const PREFIX = 'org.opencontainers.image';
export const VERSION_LABEL = `${PREFIX}.version`;
export const REVISION_LABEL = `${PREFIX}.revision`;

export function labelsOf(name: string): Record<string, string> {
  const source = sourceAddress();
  return {
    [`${PREFIX}.title`]: `easel/${name}`,
    [VERSION_LABEL]: easelVersion(),
    [REVISION_LABEL]: sourceRevision(),
    ...(source !== undefined && { [`${PREFIX}.source`]: source }),
  };
}

/** The commit of the checkout that runs here, `-dirty` when files differ from it; empty for an installed package. */
export function sourceRevision(): string {
  const root = packageDirectory();
  if (!existsSync(join(root, '.git'))) return '';
  const where = ['-C', root, '-c', 'safe.directory=*'];
  const args = [...where, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return ''; // no git, or no commit yet
  }
}

/** Where the source can be found, as package.json says. */
function sourceAddress(): string | undefined {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8'));
  const { repository } = manifest as { repository?: string | { url?: string } };
  return typeof repository === 'object' ? repository.url : repository;
}
