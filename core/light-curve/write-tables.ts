/**
 * Writes tables of numbers as CSV files in one tar.gz: a comment line is not needed to read them, each begins with the
 * titles of its columns. The bytes depend on the numbers alone: no entry has a date or an owner.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { blocksOf } from './write-text.ts';

export interface Column {
  /** With its unit in brackets: `period[d]`. */
  readonly title: string;
  readonly values: Float64Array;
}

/** @param tables name without an ending -> columns of equal length */
export async function writeTables(
  path: string,
  tables: { readonly [name: string]: readonly Column[] },
): Promise<void> {
  const archive = pack();
  for (const [name, columns] of Object.entries(tables)) {
    const header = `${columns.map(({ title }) => title).join(',')}\n`;
    const rows = { header, columns: columns.map(({ values }) => values), separator: ',' } as const;
    archive.entry(
      { name: `${name}.csv`, mtime: new Date(0), mode: 0o644 },
      Buffer.concat([...blocksOf(rows)]),
    );
  }
  archive.finalize();
  await pipeline(archive, createGzip(), createWriteStream(path));
}
