/**
 * What tables there are, with their columns and primary keys, as the database itself knows them: whoever saves or
 * restores everything asks here, so that a table that is added later cannot be forgotten.
 */
import { sql } from 'kysely';
import type { Database } from './open.ts';

export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: 'whole' | 'number' | 'text' }[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
}

type Catalogue = Pick<Database, 'kysely' | 'dialect'>;

/** By name. */
export async function describeTables(database: Catalogue): Promise<TableShape[]> {
  const rows = await (database.dialect.name === 'mysql' ? mysqlColumns(database) : sqliteColumns(database));
  return [...Map.groupBy(rows, (row) => row.table_name)]
    .map(([name, columns]) => ({
      name,
      columns: columns.map((column) => ({ name: column.column_name, kind: kindOf(column.type) })),
      key: columns
        .filter(({ in_key }) => in_key > 0)
        .sort((a, b) => a.in_key - b.in_key)
        .map((column) => column.column_name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly type: string;
  /** Place in the primary key, from 1; 0 outside. */
  readonly in_key: number;
}

async function mysqlColumns({ kysely }: Catalogue): Promise<ColumnRow[]> {
  const { rows } = await sql<ColumnRow>`
    select c.table_name as table_name, c.column_name as column_name, c.data_type as type,
      coalesce(k.ordinal_position, 0) as in_key
    from information_schema.columns c
    left join information_schema.key_column_usage k on k.table_schema = c.table_schema
      and k.table_name = c.table_name and k.column_name = c.column_name and k.constraint_name = 'PRIMARY'
    where c.table_schema = database() order by c.table_name, c.ordinal_position`.execute(kysely);
  return rows;
}

async function sqliteColumns({ kysely }: Catalogue): Promise<ColumnRow[]> {
  const { rows } = await sql<ColumnRow>`
    select t.name as table_name, c.name as column_name, c.type as type, c.pk as in_key
    from sqlite_master t join pragma_table_info(t.name) c
    where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid`.execute(kysely);
  return rows;
}

function kindOf(type: string): 'whole' | 'number' | 'text' {
  if (/int/i.test(type)) return 'whole';
  return /real|double/i.test(type) ? 'number' : 'text';
}

/** At once, however large it is. */
export async function emptyTable({ kysely, dialect }: Catalogue, name: string): Promise<void> {
  const table = sql.table(name);
  await (dialect.name === 'mysql' ? sql`truncate table ${table}` : sql`delete from ${table}`).execute(kysely);
}
