/** A later version of Easel: a copy of this one, with one more migration. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PARTS = [
  'core',
  'controller',
  'worker',
  'web',
  'schema',
  'scripts',
  'easel.ts',
  'standalone.ts',
  'package.json',
];

export interface NewerEasel {
  /** What starts it, instead of `scripts/easel.js`. */
  readonly launcher: string;
  remove(): void;
}

export function createNewerEasel(): NewerEasel {
  const directory = mkdtempSync(join(tmpdir(), 'easel_newer_'));
  for (const part of PARTS) cpSync(join(root, part), join(directory, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const dialect of ['mysql', 'sqlite']) {
    const file = join(directory, 'schema', `9999-later.${dialect}.sql`);
    writeFileSync(file, 'CREATE TABLE later (id INTEGER NOT NULL PRIMARY KEY);\n');
  }
  return {
    launcher: join(directory, 'scripts', 'easel.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
