/** What a worker needs to know of the attempts that it has claimed: inputs, metadata of others, products to make. */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { globPrefix, globToRegExp } from '../model/glob.ts';
import { addressesWithPrefix } from './products.ts';

export interface AssignedInput {
  readonly name: string;
  readonly address: string;
  readonly area: 'input' | 'versions';
  /** Path below the versions area; null for a file of the input area, and for a version that was pruned. */
  readonly file: string | null;
  /** JSON text. */
  readonly metadata: string;
  /** One of the matches of a glob. */
  readonly many: boolean;
}

export interface Assignment {
  readonly inputs: readonly AssignedInput[];
  /** Name of a task -> JSON text of its output metadata. */
  readonly requested: ReadonlyMap<string, string>;
  readonly products: readonly { readonly id: number; readonly output: string; readonly address: string }[];
}

export interface Asking {
  readonly id: number;
  readonly job_id: number;
}

/** By task id. */
export async function readAssignments(
  reader: Reader,
  tasks: readonly Asking[],
): Promise<Map<number, Assignment>> {
  const ids = tasks.map(({ id }) => id);
  const [dependencies, products] = await Promise.all([
    readDependencies(reader, ids),
    readProducts(reader, ids),
  ]);
  const assignments = new Map<number, Assignment>();
  for (const task of tasks) {
    const own = dependencies.get(task.id) ?? [];
    const inputs: AssignedInput[] = [];
    for (const each of own) inputs.push(...(await inputsOf(reader, task, each)));
    const requested = new Map(
      own.filter(({ kind }) => kind === 'metadata').map(({ name, requested }) => [name, requested ?? '{}']),
    );
    assignments.set(task.id, { inputs, requested, products: products.get(task.id) ?? [] });
  }
  return assignments;
}

type DependencyRow = Awaited<ReturnType<typeof selectDependencies>>[number];

async function inputsOf(reader: Reader, task: Asking, row: DependencyRow): Promise<AssignedInput[]> {
  const { name } = row;
  const address = row.address ?? '';
  if (row.kind === 'file') return [{ name, address, area: 'input', file: null, metadata: '{}', many: false }];
  if (row.kind === 'input') {
    const metadata = row.version_metadata ?? '{}';
    return [{ name, address, area: 'versions', file: row.file, metadata, many: false }];
  }
  if (row.kind === 'glob')
    return (await matches(reader, task.job_id, address)).map((each) => ({
      ...{ name, many: true, area: 'versions' as const },
      ...each,
    }));
  return [];
}

/** The products of the job that match; when it has none, the newest versions that earlier jobs left. */
async function matches(reader: Reader, jobId: number, glob: string) {
  const pattern = globToRegExp(glob);
  const prefix = globPrefix(glob);
  const fits = ({ address }: { address: string }) => pattern.test(address);
  const own = (await addressesWithPrefix(reader, prefix, jobId)).filter(fits);
  const found = own.length > 0 ? own : (await addressesWithPrefix(reader, prefix)).filter(fits);
  const newest = [...new Map(found.map((each) => [each.address, each.version_id]))];
  const versions = await forIds(
    newest.map(([, id]) => id),
    (part) =>
      reader.kysely
        .selectFrom('versions')
        .select(['id', 'file', 'metadata'])
        .where('id', 'in', part)
        .execute(),
  );
  const byId = new Map(versions.map((version) => [version.id, version]));
  return newest.flatMap(([address, id]) => {
    const version = byId.get(id);
    return version === undefined ? [] : [{ address, file: version.file, metadata: version.metadata }];
  });
}

async function readDependencies(
  reader: Reader,
  ids: readonly number[],
): Promise<Map<number, DependencyRow[]>> {
  const rows = await forIds(ids, (part) => selectDependencies(reader, part));
  return Map.groupBy(rows, ({ consumer_id }) => consumer_id);
}

/** An input of the job itself reads the version that its product has now; one from outside, the version it was bound to. */
function selectDependencies({ kysely }: Reader, ids: readonly number[]) {
  return kysely
    .selectFrom('dependencies as d')
    .leftJoin('products as p', 'p.id', 'd.product_id')
    .leftJoin('versions as v', (join) =>
      join.on((on) => on('v.id', '=', on.fn.coalesce('d.version_id', 'p.version_id'))),
    )
    .leftJoin('output_metadata as m', (join) =>
      join.onRef('m.task_id', '=', 'd.producer_id').on('d.kind', '=', 'metadata'),
    )
    .select([
      'd.consumer_id',
      'd.ordinal',
      'd.kind',
      'd.name',
      'd.address',
      'v.file',
      'v.metadata as version_metadata',
    ])
    .select('m.metadata as requested')
    .where('d.consumer_id', 'in', ids)
    .orderBy('d.consumer_id')
    .orderBy('d.ordinal')
    .execute();
}

async function readProducts({ kysely }: Reader, ids: readonly number[]) {
  const rows = await forIds(ids, (part) =>
    kysely
      .selectFrom('products')
      .select(['id', 'task_id', 'output', 'address'])
      .where('task_id', 'in', part)
      .execute(),
  );
  return Map.groupBy(rows, ({ task_id }) => task_id);
}
