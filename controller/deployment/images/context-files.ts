/**
 * Which files go into the build of an image, and under which names. Of Easel: the code that runs here, be it a checkout or an
 * installed package, and its production dependencies, without what nothing in a container reads.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeDirectory, packageDirectory } from '../../../core/runtime/package.ts';
import { findClosure } from './closure.ts';

export interface ContextFile {
  /** In the context: `easel/scripts/easel.js`. */
  readonly name: string;
  /** On this machine. */
  readonly path: string;
}

const CHECKOUT = ['easel.ts', 'standalone.ts', 'core', 'controller', 'worker', 'web'];
const PACKAGE = ['dist'];
const BOTH = ['package.json', 'LICENSE', 'schema', 'demo_jobs', 'scripts/easel.js', 'scripts/healthy.js'];

/** The base has its own Node, and no container asks an engine of containers. */
const LEFT_OUT = /^(node-linux-.*|dockerode|@kubernetes\/client-node)$/;

/** Of the directory of package.json. */
export function codeParts(): string[] {
  return [...(codeDirectory() === packageDirectory() ? CHECKOUT : PACKAGE), ...BOTH];
}

/** What the Dockerfile of the base finds as `easel/` and `node_modules/`, besides its own folder. */
export function listEasel(): ContextFile[] {
  const root = packageDirectory();
  const code = codeParts().flatMap((part) => listTree(join(root, part), `easel/${part}`));
  const packages = findClosure(root, (name) => LEFT_OUT.test(name)).flatMap(({ place, directory }) =>
    listTree(directory, `node_modules/${place}`).filter(({ name }) => isReadAtRunTime(name)),
  );
  return [...code, ...packages];
}

/** Regular files, in an order that depends on their names alone. Hidden ones and caches of programs are no part of anything. */
export function listTree(path: string, name: string): ContextFile[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [{ name, path }];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !IGNORED.test(entry.name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => listTree(join(path, entry.name), `${name}/${entry.name}`));
}

const IGNORED = /^(\..*|node_modules|__pycache__|.*\.tgz)$/;

const LICENCE = /(^|\/)(licen[cs]e|notice|copying)[^/]*$/i;
const FOR_DEVELOPERS = /\.(ts|mts|cts|map|md|markdown|c|cc|cpp|h|hpp|gyp|gypi)$/;
const PREBUILT = /\/prebuilds\/([^/]+)/;

/** Types, sources, explanations, and libraries for other machines are half of what packages hold. */
function isReadAtRunTime(name: string): boolean {
  const machine = PREBUILT.exec(name)?.[1];
  if (machine !== undefined && !machine.startsWith(`linux-${process.arch}`)) return false;
  return LICENCE.test(name) || !FOR_DEVELOPERS.test(name);
}
