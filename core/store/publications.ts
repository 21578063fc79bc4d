/**
 * Public names: each product's newest version appears in the output area under the product's own address. The name
 * follows the commit: the newest version is asked for, linked, and asked for again until what is linked is the newest,
 * so that of several that publish at once the last to look is right. A row of `publications` stands until that is done,
 * so that a crash in between is made good by the next sweep. Tasks never read public names.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { chunks } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type Areas, versionsDirectory } from '../runtime/areas.ts';
import { newestFiles } from './products.ts';

export interface Publication {
  readonly version_id: number;
  readonly address: string;
}

export interface Published {
  /** Names that can never be made, because of what lies there (`a/b` beside a file `a`): given up. */
  readonly impossible: readonly { readonly address: string; readonly reason: string }[];
  /** What kept other names from being made (a full disk): their rows stay for a later sweep. */
  readonly failures: readonly unknown[];
}

/** Makes the public names, each as far as it can be made. */
export async function publish(
  reader: Reader,
  areas: Areas,
  publications: readonly Publication[],
): Promise<Published> {
  const impossible = new Map<string, string>();
  const failed = new Map<string, unknown>();
  let open = await newestFiles(
    reader,
    publications.map(({ address }) => address),
  );
  while (open.size > 0) {
    const linked = new Map<string, string>();
    for (const [address, file] of open) {
      try {
        const reason = await linkPublicly(areas, address, file);
        if (reason === undefined) linked.set(address, file);
        else impossible.set(address, reason);
      } catch (error) {
        failed.set(address, error);
      }
    }
    const newest = await newestFiles(reader, [...linked.keys()]);
    open = new Map([...newest].filter(([address, file]) => linked.get(address) !== file));
  }
  await deletePublications(
    reader,
    publications.filter(({ address }) => !failed.has(address)),
  );
  return {
    impossible: [...impossible].map(([address, reason]) => ({ address, reason })),
    failures: [...failed.values()],
  };
}

async function deletePublications({ kysely }: Reader, publications: readonly Publication[]): Promise<void> {
  for (const part of chunks(publications, 500)) {
    const ids = part.map(({ version_id }) => version_id);
    await kysely.deleteFrom('publications').where('version_id', 'in', ids).execute();
  }
}

/** Publications that whoever made the version has not finished for a while. */
export async function stalePublications(
  { kysely, dialect }: Reader,
  olderThanMs: number,
  limit: number,
): Promise<Publication[]> {
  return await kysely
    .selectFrom('publications')
    .select(['version_id', 'address'])
    .where('at', '<', sql<number>`${dialect.now} - ${olderThanMs}`)
    .orderBy('version_id')
    .limit(limit)
    .execute();
}

/** Answers why the name can never be made. */
async function linkPublicly(areas: Areas, address: string, file: string): Promise<string | undefined> {
  const target = join(areas.output, address);
  const from = join(versionsDirectory(areas), file);
  try {
    await showAs(target, from).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      if (!(await isKept(from))) throw new VersionMissing(file);
      await mkdir(dirname(target), { recursive: true });
      await showAs(target, from);
    });
    return undefined;
  } catch (error) {
    if (!IN_THE_WAY.has(codeOf(error)) && !(error instanceof VersionMissing)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws when the area is away: then directories must not be made below its mount point. Reads the directory, since a
 * network file system may remember for a while that a file is missing. */
async function isKept(from: string): Promise<boolean> {
  await access(dirname(dirname(from)));
  const names = await readdir(dirname(from)).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.includes(basename(from));
}

class VersionMissing extends Error {
  constructor(file: string) {
    super(`the file of its version, ${file}, is missing`);
    this.name = 'VersionMissing';
  }
}

/** A name that is new is linked at once; one that shows an older version is replaced, so that it is never missing. */
async function showAs(target: string, from: string): Promise<void> {
  try {
    await link(from, target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' && !NO_HARD_LINKS.has(codeOf(error))) throw error;
    const next = join(dirname(target), `.easel-${randomUUID()}`);
    try {
      await linkOrCopy(from, next);
      await rename(next, target);
    } finally {
      await rm(next, { force: true }); // renaming a link to another link of the same file leaves both
    }
  }
}

const IN_THE_WAY = new Set(['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'ELOOP']);
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EXDEV', 'EMLINK']);

/** File systems without hard links get a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_HARD_LINKS.has(codeOf(error))) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
