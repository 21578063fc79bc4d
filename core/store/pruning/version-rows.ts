/** Versions as pruning looks at them: with their product, the attempt that made them, and the job. */
import type { Database } from '../../db/open.ts';
import { chunks } from '../../db/rows.ts';

const PER_PAGE = 2_000;
const ADDRESSES_PER_STATEMENT = 500;

export interface VersionRow {
  readonly id: number;
  readonly product_id: number;
  readonly address: string;
  readonly created_at: number;
  readonly passed: number;
  readonly size: number;
  readonly file: string;
  readonly job_id: number;
  /** The state is null when the job is gone. */
  readonly job: { readonly state: string | null; readonly ended_at: number | null };
  readonly attempt_state: string | null;
  /** The version that its product shows, for its job. */
  readonly isCurrent: boolean;
  /** When the version was made that the product shows. */
  readonly current_at: number | null;
}

/** In the order of their ids, after one of them. */
export async function readVersions({ kysely }: Database, after: number): Promise<VersionRow[]> {
  const rows = await kysely
    .selectFrom('versions as v')
    .innerJoin('products as p', 'p.id', 'v.product_id')
    .leftJoin('versions as c', 'c.id', 'p.version_id')
    .leftJoin('attempts as a', 'a.id', 'v.attempt_id')
    .leftJoin('jobs as j', 'j.id', 'p.job_id')
    .select(['v.id', 'v.product_id', 'v.created_at', 'v.passed', 'v.size', 'v.file'])
    .select(['p.address', 'p.job_id', 'p.version_id', 'c.created_at as current_at'])
    .select(['a.state as attempt_state', 'j.state as job_state', 'j.ended_at as job_ended_at'])
    .where('v.id', '>', after)
    .orderBy('v.id')
    .limit(PER_PAGE)
    .execute();
  return rows.map((row) => ({
    ...row,
    isCurrent: row.id === row.version_id,
    job: { state: row.job_state, ended_at: row.job_ended_at },
  }));
}

/** Address -> when the version was made that was the newest there at that instant; versions made before it are not. */
export async function settledSince(
  { kysely }: Database,
  { addresses, settledBy }: { addresses: readonly string[]; settledBy: number },
): Promise<Map<string, number>> {
  const since = new Map<string, number>();
  for (const part of chunks([...new Set(addresses)], ADDRESSES_PER_STATEMENT)) {
    const rows = await kysely
      .selectFrom('products')
      .innerJoin('versions', 'versions.id', 'products.version_id')
      .select((row) => ['address', row.fn.max<number>('versions.created_at').as('created_at')])
      .where('address', 'in', part)
      .where('versions.created_at', '<', settledBy)
      .groupBy('address')
      .execute();
    for (const { address, created_at } of rows) since.set(address, created_at);
  }
  return since;
}
