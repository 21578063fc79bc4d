/**
 * Products (file addresses that tasks of a job declare) and versions (files made for them). The newest version is the
 * one committed last: ids are handed out to processes in blocks, so of two versions the later may have the smaller id.
 */
import { chunks } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';

const PER_STATEMENT = 500;

export interface KnownProduct {
  readonly id: number;
  readonly address: string;
  readonly task_id: number;
}

/** The products of a job at these addresses. */
export async function findProducts(
  { kysely }: Reader,
  jobId: number,
  addresses: readonly string[],
): Promise<Map<string, KnownProduct>> {
  const found = new Map<string, KnownProduct>();
  for (const part of chunks(addresses, PER_STATEMENT)) {
    const rows = await kysely
      .selectFrom('products')
      .select(['id', 'address', 'task_id'])
      .where('address', 'in', part)
      .where('job_id', '=', jobId)
      .execute();
    for (const row of rows) found.set(row.address, row);
  }
  return found;
}

/** The newest version that passed quality control at each address, of any job. */
export async function newestVersions(
  { kysely }: Reader,
  addresses: readonly string[],
): Promise<Map<string, { product_id: number; version_id: number }>> {
  const newest = new Map<string, { product_id: number; version_id: number }>();
  for (const part of chunks(addresses, PER_STATEMENT)) {
    const rows = await kysely
      .selectFrom('products')
      .innerJoin('versions', 'versions.id', 'products.version_id')
      .select(['address', 'products.id as product_id', 'versions.id as version_id'])
      .where('address', 'in', part)
      .orderBy('versions.created_at')
      .orderBy('versions.id')
      .execute();
    for (const { address, product_id, version_id } of rows) newest.set(address, { product_id, version_id });
  }
  return newest;
}

/** Addresses below a prefix that hold a version, of one job or (without `jobId`) of any. */
export async function addressesWithPrefix(
  { kysely }: Reader,
  prefix: string,
  jobId?: number,
): Promise<{ address: string; product_id: number; version_id: number }[]> {
  return await kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.id', 'products.version_id')
    .select(['address', 'products.id as product_id', 'versions.id as version_id'])
    .where('address', '>=', prefix)
    .where('address', '<', `${prefix}\u{10ffff}`)
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .orderBy('address')
    .orderBy('versions.created_at')
    .orderBy('versions.id')
    .execute();
}

/** Address -> path, below the versions area, of the newest version that passed quality control. */
export async function newestFiles(
  reader: Reader,
  addresses: readonly string[],
): Promise<Map<string, string>> {
  const newest = new Map<string, string>();
  for (const part of chunks(addresses, PER_STATEMENT)) {
    const rows = await reader.kysely
      .selectFrom('products')
      .innerJoin('versions', 'versions.id', 'products.version_id')
      .select(['address', 'file'])
      .where('address', 'in', part)
      .orderBy('versions.created_at')
      .orderBy('versions.id')
      .execute();
    for (const { address, file } of rows) newest.set(address, file);
  }
  return newest;
}

/** Whether any file was ever kept: then the versions area is not new. */
export async function hasVersions({ kysely }: Reader): Promise<boolean> {
  return (await kysely.selectFrom('versions').select('id').limit(1).executeTakeFirst()) !== undefined;
}
