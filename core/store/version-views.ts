/** The versions of a product, of every job that made it: with the attempt that made each, and which of them the public name shows. */
import type { Reader } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { AttemptState } from '../model/states.ts';
import type { Plain } from '../model/values.ts';
import { findProduct } from './product-views.ts';
import { cutAt } from './task-files.ts';

const MOST_VERSIONS = 1_000;

export interface VersionView {
  readonly version_id: number;
  readonly product_id: number;
  readonly address: string;
  readonly output: string;
  readonly job_id: number;
  readonly task_id: number;
  readonly type: string;
  readonly attempt_id: number;
  /** Number of the attempt. */
  readonly attempt: number;
  readonly attempt_state: AttemptState;
  readonly created_at: number;
  readonly size: number;
  readonly sha256: string;
  /** Path below the versions area. */
  readonly file: string;
  readonly passed: boolean;
  readonly reason: string | null;
  readonly metadata: Plain;
  /** The one that later tasks of its job read. */
  readonly is_current: boolean;
  /** The one that the public name shows. */
  readonly is_public: boolean;
}

export interface VersionPage {
  readonly address: string;
  /** Newest job first, in a job the newest version first. */
  readonly versions: readonly VersionView[];
  /** To be passed as `before`: the id of a job; null at the end. */
  readonly next: number | null;
}

export interface VersionQuery {
  readonly address: string;
  /** Only of jobs with smaller ids. */
  readonly before?: number | undefined;
  /** Jobs at most. */
  readonly limit: number;
}

/** Throws EaselError `not_found` for an address that no task has declared. */
export async function listVersions(
  reader: Reader,
  { address, before, limit }: VersionQuery,
): Promise<VersionPage> {
  const rows = await reader.kysely
    .selectFrom('products')
    .select(['id', 'job_id'])
    .where('address', '=', address)
    .$if(before !== undefined, (query) => query.where('job_id', '<', before ?? 0))
    .orderBy('job_id', 'desc')
    .limit(limit + 1)
    .execute();
  if (rows.length === 0 && before === undefined)
    throw new EaselError('not_found', `there is no product "${address}"`);
  const { items, cut } = cutAt(rows, limit);
  const shown = await findProduct(reader, address);
  const versions =
    items.length === 0
      ? []
      : await selectVersions(reader)
          .where(
            'products.id',
            'in',
            items.map(({ id }) => id),
          )
          .orderBy('products.job_id', 'desc')
          .orderBy('versions.created_at', 'desc')
          .orderBy('versions.id', 'desc')
          .limit(MOST_VERSIONS)
          .execute();
  const next = cut ? (items.at(-1)?.job_id ?? null) : null;
  return { address, versions: versions.map((row) => toView(row, shown?.version_id)), next };
}

/** Throws EaselError `not_found`. */
export async function readVersion(reader: Reader, id: number): Promise<VersionView> {
  const row = await selectVersions(reader).where('versions.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new EaselError('not_found', `there is no version ${id} of any product`);
  return toView(row, (await findProduct(reader, row.address))?.version_id);
}

function selectVersions({ kysely }: Reader) {
  return kysely
    .selectFrom('versions')
    .innerJoin('products', 'products.id', 'versions.product_id')
    .innerJoin('tasks', 'tasks.id', 'products.task_id')
    .innerJoin('attempts', 'attempts.id', 'versions.attempt_id')
    .select(['versions.id as version_id', 'versions.product_id', 'products.address', 'products.output'])
    .select(['products.job_id', 'products.task_id', 'tasks.type', 'versions.attempt_id'])
    .select(['attempts.number as attempt', 'attempts.state as attempt_state', 'versions.created_at'])
    .select(['versions.size', 'versions.sha256', 'versions.file', 'versions.passed', 'versions.reason'])
    .select(['versions.metadata', 'products.version_id as current_id']);
}

type VersionRow = Awaited<ReturnType<ReturnType<typeof selectVersions>['execute']>>[number];

function toView(
  { passed, metadata, current_id, ...row }: VersionRow,
  publicId: number | undefined,
): VersionView {
  const is_current = row.version_id === current_id;
  const is_public = row.version_id === publicId;
  return { ...row, passed: passed !== 0, metadata: JSON.parse(metadata) as Plain, is_current, is_public };
}
