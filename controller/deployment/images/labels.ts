/** What an image says of itself, by the labels that are usual for it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { easelVersion, packageDirectory } from '../../../core/runtime/package.ts';
import { codeParts } from './context-files.ts';

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

/** The commit of the checkout that runs here, `-dirty` when what goes into images differs from it; empty for an installed package. */
export function sourceRevision(): string {
  const root = packageDirectory();
  if (!existsSync(join(root, '.git'))) return '';
  const git = (...args: string[]) => {
    const where = ['-C', root, '-c', 'safe.directory=*'];
    return execFileSync('git', [...where, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  };
  try {
    const changes = git('status', '--porcelain', '--', ...codeParts(), 'package-lock.json');
    return `${git('rev-parse', 'HEAD').trim()}${changes === '' ? '' : '-dirty'}`;
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
