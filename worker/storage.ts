/**
 * Files of attempts: the scratch directory of each, and the versions area where what is kept comes to lie. A version's
 * file is moved in before the commit that names it, complete, hashed and synced; until then nobody knows it. Only
 * `prepare` makes the areas: where they are missing later, their disk is away, and nothing is written below its mount point.
 */
import { closeSync, fsync, openSync } from 'node:fs';
import { access, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Reader } from '../core/db/transaction.ts';
import { type Areas, isProbe, scratchDirectory, versionsDirectory } from '../core/runtime/areas.ts';
import { endedAmong } from '../core/store/claims.ts';
import { hasVersions } from '../core/store/products.ts';

const ATTEMPTS_PER_DIRECTORY = 1_000;
const NAME_BYTES = 200;

export interface VersionName {
  readonly attemptId: number;
  /** Among the products of the attempt. */
  readonly ordinal: number;
  readonly fileName: string;
}

export class Storage {
  readonly #areas: Areas;

  constructor(areas: Areas) {
    this.#areas = areas;
  }

  scratchOf(attemptId: number): string {
    return join(scratchDirectory(this.#areas), String(attemptId));
  }

  /** To be awaited before anything else. Rejects when the files that the database names have gone with their disk. */
  async prepare(reader: Reader): Promise<void> {
    const versions = versionsDirectory(this.#areas);
    await access(versions).catch(async (error: unknown) => {
      if (await hasVersions(reader)) throw new AreaMissing(versions, error);
    });
    await mkdir(versions, { recursive: true });
    await mkdir(scratchDirectory(this.#areas), { recursive: true });
  }

  /**
   * Removes what workers left behind that were killed in the middle of an attempt: a directory per attempt, or files
   * that bear its number; and probes. A probe that another process is just writing may go: its file is open.
   */
  async sweepScratch(reader: Reader): Promise<void> {
    const area = scratchDirectory(this.#areas);
    const names = await readdir(area);
    for (const name of names.filter(isProbe)) await rm(join(area, name), { force: true });
    const left = names
      .map((name) => ({ name, attemptId: Number.parseInt(name, 10) }))
      .filter(({ attemptId }) => Number.isSafeInteger(attemptId));
    const attemptIds = left.map(({ attemptId }) => attemptId);
    const ended = new Set(await endedAmong(reader, attemptIds));
    for (const { name, attemptId } of left) {
      if (ended.has(attemptId)) await rm(join(area, name), { recursive: true, force: true });
    }
  }

  async makeScratch(attemptId: number): Promise<string> {
    const scratch = this.scratchOf(attemptId);
    await mkdir(scratch).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
    return scratch;
  }

  async removeScratch(attemptId: number): Promise<void> {
    await rm(this.scratchOf(attemptId), { recursive: true, force: true, maxRetries: 3 });
  }

  /**
   * The error is that another worker swept away what this attempt had made: its process stood still for longer than its
   * lease. Its outcome is no longer wanted.
   */
  async wasSwept(attemptId: number, error: unknown): Promise<boolean> {
    return isCode(error, 'ENOENT') && !(await exists(this.scratchOf(attemptId)));
  }

  /** Moves a finished file among the versions; returns its path below the versions area. `sync` makes it durable. */
  async keep(path: string, name: VersionName): Promise<string> {
    const { attemptId, ordinal, fileName } = name;
    const shard = String(Math.floor(attemptId / ATTEMPTS_PER_DIRECTORY)).padStart(6, '0');
    const file = `${shard}/${attemptId}-${ordinal}-${shorten(fileName)}`;
    await this.#moveIn(path, join(versionsDirectory(this.#areas), file));
    return file;
  }

  /** May be tried again: what has been moved stays so. Rejects with ENOENT when there is nothing to be moved any more. */
  async #moveIn(path: string, target: string): Promise<void> {
    try {
      await move(path, target);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
      if (await exists(target)) return;
      await mkdir(dirname(target)).catch((failure: unknown) => {
        if (!isCode(failure, 'EEXIST')) throw failure;
      });
      await syncToDisk(versionsDirectory(this.#areas));
      await move(path, target);
    }
  }

  /** To be awaited before the versions are committed. Many at once cost the disk little more than one. */
  async sync(files: readonly string[]): Promise<void> {
    const paths = files.map((file) => join(versionsDirectory(this.#areas), file));
    await Promise.all([...paths, ...new Set(paths.map((path) => dirname(path)))].map(syncToDisk));
  }

  versionPath(file: string): string {
    return join(versionsDirectory(this.#areas), file);
  }

  async discard(files: readonly string[]): Promise<void> {
    for (const file of files) await rm(this.versionPath(file), { force: true });
  }
}

class AreaMissing extends Error {
  readonly code = 'ENOENT';

  constructor(directory: string, cause: unknown) {
    const advice = `is its disk mounted? If its files are given up, make it: mkdir -p ${directory}`;
    super(`${directory} is missing, although the database names files in it: ${advice}`, { cause });
    this.name = 'AreaMissing';
  }
}

/** The end of a name, where its extension is; a character takes up to four bytes, and a name at most 255. */
function shorten(name: string): string {
  return Buffer.byteLength(name) <= NAME_BYTES ? name : [...name].slice(-NAME_BYTES / 4).join('');
}

/** Scratch and versions may lie on different file systems: then copy, sync, and move within the target's. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isCode(error, 'EXDEV')) throw error;
    const next = `${to}.part`;
    try {
      await copyFile(from, next);
      const file = await open(next, 'r');
      await file.sync().finally(() => file.close());
      await rename(next, to);
    } catch (failure) {
      await rm(next, { force: true }).catch(() => undefined); // it takes up room that others wait for
      throw failure;
    }
    await rm(from, { force: true });
  }
}

const sync = promisify(fsync);

async function syncToDisk(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
