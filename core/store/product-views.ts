/** Products for people to look at: one by its address or by the id of a version, with the metadata that travels with it. */
import type { Reader } from '../db/transaction.ts';
import { type Dict, dict, isDict, parseJson } from '../model/values.ts';
import { readOutputMetadata } from './output-metadata.ts';

export interface ProductView {
  readonly version_id: number;
  readonly job_id: number;
  readonly task_id: number;
  readonly address: string;
  /** Path below the versions area. */
  readonly file: string;
  readonly passed: boolean;
  readonly metadata: Dict;
}

const NEIGHBOURS = 2_000;

/** The newest version that passed quality control, of any job or of the given one. */
export async function findProduct(
  reader: Reader,
  address: string,
  jobId?: number,
): Promise<ProductView | undefined> {
  const row = await selectVersions(reader)
    .whereRef('versions.id', '=', 'products.version_id')
    .where('address', '=', address)
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
    .orderBy('versions.created_at', 'desc')
    .orderBy('versions.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : toView(row);
}

/** Any version, also one that did not pass. */
export async function findVersion(reader: Reader, id: number): Promise<ProductView | undefined> {
  const row = await selectVersions(reader).where('versions.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toView(row);
}

/** Addresses that somebody may have meant: of the same directory, and the newest of all. */
export async function neighboursOf({ kysely }: Reader, address: string): Promise<string[]> {
  const directory = address.slice(0, address.lastIndexOf('/') + 1);
  const select = kysely.selectFrom('products').select('address').where('version_id', 'is not', null);
  const near = select.where('address', '>=', directory).where('address', '<', `${directory}\u{10ffff}`);
  const rows = [
    ...(directory === '' ? [] : await near.orderBy('address').limit(NEIGHBOURS).execute()),
    ...(await select.orderBy('id', 'desc').limit(NEIGHBOURS).execute()),
  ];
  return [...new Set(rows.map((row) => row.address))];
}

export interface ReadBy {
  readonly task_id: number;
  readonly type: string;
  readonly metadata: Dict;
}

/** The tasks of the same job that read the product, oldest first, with what they published. */
export async function readersOf(reader: Reader, { task_id, address }: ProductView): Promise<ReadBy[]> {
  const tasks = await reader.kysely
    .selectFrom('dependencies')
    .innerJoin('tasks', 'tasks.id', 'consumer_id')
    .select(['tasks.id', 'tasks.type'])
    .distinct()
    .where('producer_id', '=', task_id)
    .where('address', '=', address)
    .where('dependencies.kind', '=', 'input')
    .orderBy('tasks.id')
    .limit(NEIGHBOURS)
    .execute();
  const published = await readOutputMetadata(
    reader,
    tasks.map(({ id }) => id),
  );
  return tasks.map(({ id, type }) => ({ task_id: id, type, metadata: published.get(id) ?? dict() }));
}

function selectVersions({ kysely }: Reader) {
  return kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.product_id', 'products.id')
    .select(['versions.id as version_id', 'products.job_id', 'products.task_id', 'address'])
    .select(['versions.file', 'versions.passed', 'versions.metadata']);
}

type VersionRow = Awaited<ReturnType<ReturnType<typeof selectVersions>['execute']>>[number];

function toView({ passed, metadata, ...row }: VersionRow): ProductView {
  const value = parseJson(metadata);
  return { ...row, passed: passed !== 0, metadata: isDict(value) ? value : dict() };
}
