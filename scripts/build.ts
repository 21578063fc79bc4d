/**
 * Makes `dist/`, the compiled program that the package carries: Node strips types only outside of node_modules. What the program
 * reads beside its modules (registries, templates) is copied to the same relative place, so that paths relative to a module are
 * the same in a checkout and in the package. `schema/` and `demo_jobs/` lie beside `dist/`, as they lie beside the sources.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const folders = ['core', 'controller', 'worker', 'web'];

rmSync(dist, { recursive: true, force: true });
compile();
for (const folder of folders) if (existsSync(join(root, folder))) copyAssets(folder);

function compile(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

function copyAssets(folder: string): void {
  cpSync(join(root, folder), join(dist, folder), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts'),
  });
}
