/** What a task reads and what it makes: its dependencies with the versions that they stand for, and its products with all versions. */
import { forIds } from '../db/rows.ts';
import type { DependencyKind } from '../db/tables.ts';
import type { Reader } from '../db/transaction.ts';
import type { Plain } from '../model/values.ts';
import type { Definitions } from './definitions.ts';
import { findTasks, refer, type TaskRef } from './task-views.ts';

const MOST_INPUTS = 200;
const MOST_OUTPUTS = 200;
const MOST_VERSIONS = 500;

/** A list that may have been cut. */
export interface Cut<T> {
  readonly items: readonly T[];
  /** There are more. */
  readonly cut: boolean;
}

/** Of a list that was read one longer than it may be. */
export const cutAt = <T>(rows: readonly T[], most: number): Cut<T> => ({
  items: rows.slice(0, most),
  cut: rows.length > most,
});

export interface InputView {
  readonly kind: DependencyKind;
  readonly name: string;
  readonly address: string | null;
  readonly producer: TaskRef | null;
  /** The version that it reads, or would read now; null of a file of the input area, and while there is none. */
  readonly version_id: number | null;
  readonly size: number | null;
  readonly sha256: string | null;
}

export async function readInputs(
  reader: Reader,
  definitions: Definitions,
  taskId: number,
): Promise<Cut<InputView>> {
  const rows = await reader.kysely
    .selectFrom('dependencies')
    .leftJoin('products', 'products.id', 'dependencies.product_id')
    .select(['kind', 'name', 'dependencies.address', 'producer_id'])
    .select((row) => row.fn.coalesce('dependencies.version_id', 'products.version_id').as('version_id'))
    .where('consumer_id', '=', taskId)
    .orderBy('ordinal')
    .limit(MOST_INPUTS + 1)
    .execute();
  const { items, cut } = cutAt(rows, MOST_INPUTS);
  const versions = await sealsOf(
    reader,
    items.flatMap(({ version_id }) => version_id ?? []),
  );
  const producers = await findTasks(
    reader,
    items.flatMap(({ producer_id }) => producer_id ?? []),
  );
  const inputs = items.map(async ({ kind, name, address, producer_id, version_id }) => {
    const { size = null, sha256 = null } = versions.get(version_id ?? 0) ?? {};
    const producer = producers.get(producer_id ?? 0);
    const ref = producer === undefined ? null : refer(producer, await definitions.get(producer.job_id));
    return { kind, name, address, producer: ref, version_id, size, sha256 };
  });
  return { items: await Promise.all(inputs), cut };
}

async function sealsOf({ kysely }: Reader, ids: readonly number[]) {
  const rows = await forIds(ids, (part) =>
    kysely.selectFrom('versions').select(['id', 'size', 'sha256']).where('id', 'in', part).execute(),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export interface OutputView {
  readonly product_id: number;
  readonly output: string;
  readonly address: string;
  /** Newest first. */
  readonly versions: readonly VersionSeal[];
}

export interface VersionSeal {
  readonly id: number;
  readonly attempt_id: number;
  readonly created_at: number;
  readonly size: number;
  readonly sha256: string;
  readonly passed: boolean;
  readonly reason: string | null;
  readonly metadata: Plain;
  /** The one that tasks of the job read. */
  readonly is_current: boolean;
}

/** Cut when there are more products, or more versions of them in all, than are listed. */
export async function readOutputs(reader: Reader, taskId: number): Promise<Cut<OutputView>> {
  const products = await reader.kysely
    .selectFrom('products')
    .select(['id', 'output', 'address', 'version_id'])
    .where('task_id', '=', taskId)
    .orderBy('id')
    .limit(MOST_OUTPUTS + 1)
    .execute();
  const { items, cut } = cutAt(products, MOST_OUTPUTS);
  const ids = items.map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await selectSeals(reader, ids)
          .limit(MOST_VERSIONS + 1)
          .execute();
  const versions = Map.groupBy(cutAt(rows, MOST_VERSIONS).items, ({ product_id }) => product_id);
  const outputs = items.map(({ id, output, address, version_id }) => ({
    ...{ product_id: id, output, address },
    versions: (versions.get(id) ?? []).map(({ product_id: _, passed, metadata, ...seal }) => ({
      ...seal,
      ...{
        passed: passed !== 0,
        metadata: JSON.parse(metadata) as Plain,
        is_current: seal.id === version_id,
      },
    })),
  }));
  return { items: outputs, cut: cut || rows.length > MOST_VERSIONS };
}

function selectSeals({ kysely }: Reader, productIds: readonly number[]) {
  return kysely
    .selectFrom('versions')
    .select([
      'id',
      'product_id',
      'attempt_id',
      'created_at',
      'size',
      'sha256',
      'passed',
      'reason',
      'metadata',
    ])
    .where('product_id', 'in', productIds)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc');
}
