/**
 * Products by directory, one level at a time, in the order of their addresses: a subdirectory is found by its first address and then
 * jumped over along the index, so that a level costs its entries, not the files below it.
 */
import type { Reader } from '../db/transaction.ts';

/** Addresses of one statement: few right after a directory was jumped over, for the next may be one too. */
const FEW = 4;
const MANY = 256;

export interface FileEntry {
  readonly kind: 'file';
  readonly name: string;
  readonly address: string;
  /** Of the job that declared it last. */
  readonly job_id: number;
  readonly task_id: number;
  /** The newest version of that job that passed quality control; null when there is none. */
  readonly version_id: number | null;
  readonly size: number | null;
  readonly created_at: number | null;
}

export type DirectoryEntry = FileEntry | { readonly kind: 'directory'; readonly name: string };

export interface DirectoryPage {
  readonly entries: readonly DirectoryEntry[];
  /** To be passed as `after`; null at the end. */
  readonly next: string | null;
}

export interface DirectoryQuery {
  /** `a/b`; empty for the top. */
  readonly directory: string;
  /** The entry to go on after: the name of a file, or that of a directory with a slash at its end. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Where to go on in the index: from an address on, or after it. */
interface Edge {
  readonly address: string;
  readonly isIncluded: boolean;
}

export async function listDirectory(reader: Reader, query: DirectoryQuery): Promise<DirectoryPage> {
  const prefix = query.directory === '' ? '' : `${query.directory.replace(/\/+$/, '')}/`;
  const names: string[] = [];
  let edge = query.after === undefined ? { address: prefix, isIncluded: true } : beyond(prefix, query.after);
  let size = FEW;
  while (names.length <= query.limit) {
    const rows = await readAddresses(reader, prefix, { edge, size });
    for (const address of rows) {
      const last = names.at(-1);
      if (last?.endsWith('/') && address.startsWith(prefix + last)) continue;
      const rest = address.slice(prefix.length);
      const slash = rest.indexOf('/');
      const name = slash < 0 ? rest : rest.slice(0, slash + 1);
      names.push(name);
      edge = beyond(prefix, name);
      if (names.length > query.limit) break;
    }
    if (rows.length < size) break;
    size = names.at(-1)?.endsWith('/') === true ? FEW : MANY;
  }
  const shown = names.slice(0, query.limit);
  const files = await viewFiles(reader, prefix, shown);
  const entries = shown.flatMap((name): DirectoryEntry[] => {
    const file = files.get(prefix + name);
    if (file !== undefined) return [{ kind: 'file', name, ...file }];
    return name.endsWith('/') ? [{ kind: 'directory', name: name.slice(0, -1) }] : [];
  });
  return { entries, next: names.length > query.limit ? (shown.at(-1) ?? null) : null };
}

/** `0` comes right after the slash: all that lies below the directory is passed over. */
function beyond(prefix: string, name: string): Edge {
  if (name.endsWith('/')) return { address: `${prefix}${name.slice(0, -1)}0`, isIncluded: true };
  return { address: prefix + name, isIncluded: false };
}

async function readAddresses(
  { kysely }: Reader,
  prefix: string,
  { edge, size }: { readonly edge: Edge; readonly size: number },
): Promise<string[]> {
  const rows = await kysely
    .selectFrom('products')
    .select('address')
    .distinct()
    .where('address', edge.isIncluded ? '>=' : '>', edge.address)
    .$if(prefix !== '', (query) => query.where('address', '<', `${prefix.slice(0, -1)}0`))
    .orderBy('address')
    .limit(size)
    .execute();
  return rows.map(({ address }) => address);
}

/** By address. */
async function viewFiles(
  { kysely }: Reader,
  prefix: string,
  names: readonly string[],
): Promise<Map<string, Omit<FileEntry, 'kind' | 'name'>>> {
  const addresses = names.filter((name) => !name.endsWith('/')).map((name) => prefix + name);
  if (addresses.length === 0) return new Map();
  const last = kysely
    .selectFrom('products')
    .select((row) => ['address', row.fn.max('job_id').as('job_id')])
    .where('address', 'in', addresses)
    .groupBy('address');
  const rows = await kysely
    .selectFrom(last.as('latest'))
    .innerJoin('products', (join) =>
      join.onRef('products.address', '=', 'latest.address').onRef('products.job_id', '=', 'latest.job_id'),
    )
    .leftJoin('versions', 'versions.id', 'products.version_id')
    .select(['products.address', 'products.job_id', 'products.task_id', 'products.version_id'])
    .select(['versions.size', 'versions.created_at'])
    .execute();
  return new Map(rows.map((row) => [row.address, row]));
}
