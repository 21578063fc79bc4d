/**
 * The declared outputs of an attempt: the default quality check, and the sealing of what is kept (hash, size, sync).
 * A task owns its scratch directory and may put anything there. What leaves it is a regular, singly linked,
 * non-empty file that really lies in `<scratch>/outputs`, read through a descriptor that cannot be swapped.
 */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptRequest, ProductOutcome } from '../attempt.ts';

export interface CheckedOutput {
  readonly output: string;
  readonly fileName: string;
  readonly path: string;
  /** Why the default check does not pass it. */
  readonly reason: string | undefined;
  /** What may be kept, passed or not; undefined when there is no file of the attempt's own. */
  readonly stats: Stats | undefined;
}

/** Output -> why the type's own quality control does not pass it. */
export type Verdicts = ReadonlyMap<string, string>;

type Outputs = Pick<AttemptRequest, 'scratch' | 'outputs'>;

export function outputDirectory(scratch: string): string {
  return join(scratch, 'outputs');
}

export function outputPath(scratch: string, fileName: string): string {
  return join(outputDirectory(scratch), fileName);
}

export async function checkOutputs({ scratch, outputs }: Outputs): Promise<CheckedOutput[]> {
  const checks = Object.entries(outputs).map(async ([output, fileName]) => {
    const path = outputPath(scratch, fileName);
    return { output, fileName, path, ...(await checkFile(scratch, fileName)) };
  });
  return Promise.all(checks);
}

async function checkFile(
  scratch: string,
  fileName: string,
): Promise<{ reason: string | undefined; stats: Stats | undefined }> {
  const path = outputPath(scratch, fileName);
  const refuse = (reason: string) => ({ reason, stats: undefined });
  if (!isPlainName(fileName)) return refuse('its name is not a plain file name');
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) return refuse(`it is ${nameKind(stats)}, not a regular file`);
    if (stats.nlink !== 1) return refuse(`it is a hard link: the same file has ${stats.nlink} names`);
    const expected = outputPath(await realpath(scratch), fileName);
    if ((await realpath(path)) !== expected) return refuse('it lies outside the outputs directory');
    return { stats, reason: stats.size === 0 ? 'it is empty' : undefined };
  } catch (error) {
    return refuse(isMissing(error) ? 'it was not written' : `it cannot be read: ${String(error)}`);
  }
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

function nameKind(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Hashes, measures and syncs what there is to keep. */
export async function sealOutputs(
  checked: readonly CheckedOutput[],
  verdicts: Verdicts,
): Promise<ProductOutcome[]> {
  const sealed: ProductOutcome[] = [];
  for (const each of checked) {
    const reason = each.reason ?? verdicts.get(each.output);
    sealed.push(each.stats === undefined ? withoutFile(each, reason) : await seal(each, each.stats, reason));
  }
  return sealed;
}

/** Why outputs do not pass when an attempt ended before they could be judged. */
export const STOPPED = 'it was not judged: the attempt was stopped';

/** The products of an attempt whose outputs nobody looked at. */
export function refuseOutputs(
  { outputs }: Pick<AttemptRequest, 'outputs'>,
  reason: string,
): ProductOutcome[] {
  return Object.entries(outputs).map(([output, fileName]) => withoutFile({ output, fileName }, reason));
}

function withoutFile(
  { output, fileName }: Pick<CheckedOutput, 'output' | 'fileName'>,
  reason: string | undefined,
): ProductOutcome {
  return { output, fileName, path: undefined, size: 0, sha256: '', passed: false, reason };
}

async function seal(each: CheckedOutput, stats: Stats, reason: string | undefined): Promise<ProductOutcome> {
  try {
    const handle = await open(each.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    await using file = handle;
    if (!isSame(await file.stat(), stats)) throw new Error('it changed while it was checked');
    const sha256 = await hash(file);
    await file.chmod(0o444); // a version never changes
    await file.sync();
    if (!isSame(await file.stat(), stats)) throw new Error('it changed while it was read');
    const { output, fileName, path } = each;
    return { output, fileName, path, size: stats.size, sha256, passed: reason === undefined, reason };
  } catch (error) {
    return withoutFile(each, error instanceof Error ? error.message : String(error));
  }
}

function isSame(now: Stats, then: Stats): boolean {
  return (
    now.dev === then.dev &&
    now.ino === then.ino &&
    now.size === then.size &&
    now.mtimeMs === then.mtimeMs &&
    now.nlink === then.nlink
  );
}

async function hash(file: FileHandle): Promise<string> {
  const digest = createHash('sha256');
  const buffer = Buffer.allocUnsafe(262_144);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return digest.digest('hex');
    digest.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Files that the task wrote beside its declared outputs; they are not kept. */
export async function listStrayFiles({ scratch, outputs }: Outputs): Promise<string[]> {
  const declared = new Set(Object.values(outputs));
  const found = await readdir(outputDirectory(scratch)).catch(() => []);
  return found.filter((name) => !declared.has(name));
}
