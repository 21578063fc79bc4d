/**
 * Files: every version's file is there as it was recorded, and every public name shows the newest version. By their sizes;
 * their whole content is read where that was asked for.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Reader } from '../../db/transaction.ts';
import { versionsDirectory } from '../../runtime/areas.ts';
import { publish } from '../publications.ts';
import type { Breach, Check, DoctorParts } from './check.ts';

interface Recorded {
  readonly id: number;
  readonly task_id: number;
  readonly address: string;
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

const RECORDED = [
  ...(['versions.id', 'products.task_id', 'products.address'] as const),
  ...(['versions.file', 'versions.size', 'versions.sha256'] as const),
];

function readVersions({ kysely }: Reader, taskIds: readonly number[]): Promise<Recorded[]> {
  return kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.product_id', 'products.id')
    .select(RECORDED)
    .where('products.task_id', 'in', taskIds)
    .execute();
}

/** What is wrong with the file at `path`; undefined when it is as recorded. */
async function fault(path: string, { size, sha256 }: Recorded, hash: boolean): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'is missing';
  if (!found.isFile()) return 'is not a file';
  if (found.size !== size) return `has ${found.size} bytes instead of ${size}`;
  return hash && (await hashOf(path)) !== sha256 ? 'has another content than recorded (SHA-256)' : undefined;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const pathOf = ({ areas }: DoctorParts, { file }: Recorded) => join(versionsDirectory(areas), file);

async function findDamaged(reader: Reader, taskIds: readonly number[], parts: DoctorParts) {
  const damaged: { version: Recorded; how: string }[] = [];
  for (const version of await readVersions(reader, taskIds)) {
    const how = await fault(pathOf(parts, version), version, parts.hash);
    if (how !== undefined) damaged.push({ version, how });
  }
  return damaged;
}

const damaged: Check<number> = {
  name: 'version_file',
  rule: "every version's file is there, as it was recorded",
  leadsTo: 'tasks that read it fail, or read something else',
  advice: '`easel retry TASK` makes the products of a task anew.',
  graceMs: 1_000,
  async find(reader, ids, parts) {
    return (await findDamaged(reader, ids, parts)).map(
      ({ version, how }): Breach<number> => ({
        key: version.task_id,
        what: `the file of version ${version.id} ("${version.address}" of task ${version.task_id}) ${how}: ${pathOf(parts, version)}`,
      }),
    );
  },
  /** The public name is another link to the same file, and may still be there. */
  async repair({ trx, parts }, breaches) {
    const ids = [...new Set(breaches.map(({ key }) => key))];
    for (const { version } of await findDamaged(trx, ids, parts)) {
      const shown = join(parts.areas.output, version.address);
      if ((await fault(shown, version, true)) !== undefined) continue;
      const path = pathOf(parts, version);
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      await link(shown, path);
    }
  },
};

interface Shown extends Recorded {
  readonly pending: number | null;
}

/** The newest version at each of these tasks' addresses, of whichever job; `pending`: its name is yet to be made. */
async function readNewest({ kysely }: Reader, taskIds: readonly number[]): Promise<Shown[]> {
  const addresses = kysely
    .selectFrom('products')
    .select('address')
    .distinct()
    .where('task_id', 'in', taskIds)
    .where('version_id', 'is not', null);
  const rows = await kysely
    .selectFrom(addresses.as('asked'))
    .innerJoin('products', 'products.address', 'asked.address')
    .innerJoin('versions', 'versions.id', 'products.version_id')
    .leftJoin('publications', 'publications.version_id', 'versions.id')
    .select([...RECORDED, 'publications.version_id as pending'])
    .orderBy('versions.created_at')
    .orderBy('versions.id')
    .execute();
  return [...new Map(rows.map((row) => [row.address, row])).values()].filter(
    ({ pending }) => pending === null,
  );
}

async function findUnshown(reader: Reader, taskIds: readonly number[], parts: DoctorParts) {
  const unshown: { version: Shown; how: string }[] = [];
  for (const version of await readNewest(reader, taskIds)) {
    const shown = join(parts.areas.output, version.address);
    if (await isSameFile(shown, pathOf(parts, version))) continue;
    const how = await fault(shown, version, parts.hash);
    if (how !== undefined) unshown.push({ version, how });
  }
  return unshown;
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

const unshown: Check<number> = {
  name: 'public_name',
  rule: 'a public name shows the newest version of its product',
  leadsTo: 'people read an old file, or none; tasks do not: they read versions',
  advice: 'Where something else lies in its place, move that away.',
  graceMs: 1_000,
  async find(reader, ids, parts) {
    const asked = new Set(ids);
    return (await findUnshown(reader, ids, parts)).map(({ version, how }) => ({
      key: asked.has(version.task_id) ? version.task_id : (ids[0] ?? 0),
      what: `"${version.address}" in the output area ${how}; its newest version is ${version.id}, of task ${version.task_id}`,
    }));
  },
  async repair({ trx, parts }, breaches) {
    const ids = [...new Set(breaches.map(({ key }) => key))];
    const wrong = [];
    for (const { version } of await findUnshown(trx, ids, parts)) {
      if ((await fault(pathOf(parts, version), version, parts.hash)) === undefined) wrong.push(version);
    }
    await publish(
      trx,
      parts.areas,
      wrong.map(({ id, address }) => ({ version_id: id, address })),
    );
  },
};

export const FILES: readonly Check<number>[] = [damaged, unshown];
