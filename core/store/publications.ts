/**
 * Public names: each product's newest version appears in the output area under the product's own address. The name
 * follows the commit: the newest version is asked for, linked, and asked for again until what is linked is the newest,
 * so that of several that publish at once the last to look is right. A row of `publications` stands until that is done,
 * so that a crash in between is made good by the next sweep. Tasks never read public names.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { chunks } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { type Areas, versionsDirectory } from '../runtime/areas.ts';
import { newestFiles } from './products.ts';

export interface Publication {
  readonly version_id: number;
  readonly address: string;
}

/** A version whose public name cannot be made, because of what lies there: `a/b` beside a file `a`. */
export interface Unpublishable {
  readonly address: string;
  readonly reason: string;
}

const known = new Set<string>();

/**
 * Makes the public names. Names that can never be made are given up and returned; for whatever else goes wrong (a full
 * disk) this throws, and the rows stay for a later sweep.
 */
export async function publish(
  reader: Reader,
  areas: Areas,
  publications: readonly Publication[],
): Promise<Unpublishable[]> {
  const impossible: Unpublishable[] = [];
  let open = await newestFiles(
    reader,
    publications.map(({ address }) => address),
  );
  while (open.size > 0) {
    const linked = new Map<string, string>();
    for (const [address, file] of open) {
      const reason = await linkPublicly(areas, address, file);
      if (reason === undefined) linked.set(address, file);
      else impossible.push({ address, reason });
    }
    const newest = await newestFiles(reader, [...linked.keys()]);
    open = new Map([...newest].filter(([address, file]) => linked.get(address) !== file));
  }
  for (const part of chunks(publications, 500)) {
    await reader.kysely
      .deleteFrom('publications')
      .where(
        'version_id',
        'in',
        part.map(({ version_id }) => version_id),
      )
      .execute();
  }
  return impossible;
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
  const directory = dirname(target);
  try {
    if (!known.has(directory)) await mkdir(directory, { recursive: true });
    known.add(directory);
    await showAs(target, join(versionsDirectory(areas), file));
    return undefined;
  } catch (error) {
    known.delete(directory); // somebody may have removed it
    if (!IN_THE_WAY.has(codeOf(error))) throw error;
    return error instanceof Error ? error.message : String(error);
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
