/**
 * A saved database: gzip of lines of JSON. A header; for each table a line that names its columns once, then a line
 * per row, an array of its values, in the order of the primary key; a footer with the rows of each table and the
 * SHA-256 of every byte before it. Values are strings, whole numbers below 2^53, finite numbers and null, so the
 * same file fits every database.
 */
import { z } from 'zod';
import { EaselError } from '../../model/errors.ts';

export const FORMAT = 'easel-database';
export const FORMAT_VERSION = 1;

export const headerSchema = z.object({
  format: z.literal(FORMAT),
  format_version: z.number(),
  /** Of the database: the file fits only a database of the same version. */
  schema_version: z.number(),
  easel_version: z.string(),
  /** By the clock of the database. */
  saved_at: z.number(),
  database: z.enum(['mysql', 'sqlite']),
});

export type SavedHeader = z.infer<typeof headerSchema>;

export const tableSchema = z.strictObject({ table: z.string(), columns: z.array(z.string()) });

export const footerSchema = z.strictObject({
  rows: z.record(z.string(), z.number()),
  sha256: z.string(),
});

export type SavedFooter = z.infer<typeof footerSchema>;

/** Told after every batch of rows. */
export type OnRows = (table: string, rows: number) => void;

export function unfit(file: string, what: string): EaselError {
  return new EaselError('usage', `${file}: ${what}; nothing was stored`);
}
