/** Where this installation of Easel lies, in a checkout and in the compiled package alike, its version, and the image it runs in. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that holds package.json, and `schema/` and `demo_jobs/` with it. */
export function packageDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/** The root of the code that runs: the checkout, or `dist` in the package. */
export function codeDirectory(): string {
  return dirname(dirname(dirname(fileURLToPath(import.meta.url))));
}

export function easelVersion(): string {
  const text = readFileSync(join(packageDirectory(), 'package.json'), 'utf8');
  return String((JSON.parse(text) as { version?: unknown }).version);
}

/** `name@sha256:...`, as the orchestrator has told the process; null outside of containers. */
export function easelImage(): string | null {
  const image = process.env.EASEL_IMAGE ?? '';
  return image === '' ? null : image;
}
