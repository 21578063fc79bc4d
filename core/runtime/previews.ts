/**
 * The beginning of a file for people to look at: text as text, gzip unpacked, of a tar.gz its entries with the beginning of each.
 * Never more than a bound is read or unpacked, whatever the file claims to hold; what is no text is only named so.
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { fileBytes } from '../light-curve/file-bytes.ts';
import { isArchive } from '../light-curve/read-tables.ts';
import { type PreviewTable, readPreviewTable } from '../model/preview-table.ts';

/** Unpacked, of an archive. */
const MOST_ARCHIVE_BYTES = 16 * 2 ** 20;
const MOST_ENTRIES = 50;

export interface TextPreview {
  readonly kind: 'text';
  /** Of an entry of an archive; empty of the file itself. */
  readonly name: string;
  readonly text: string;
  /** It goes on. */
  readonly cut: boolean;
  /** What of it is a table: rows of as many fields; null when it is none. */
  readonly table: PreviewTable | null;
}

export interface BinaryPreview {
  readonly kind: 'binary';
  readonly name: string;
}

export interface Preview {
  readonly parts: readonly (TextPreview | BinaryPreview)[];
  readonly is_archive: boolean;
  /** There are more parts. */
  readonly cut: boolean;
}

/** @param bytes of each part, unpacked. Throws EaselError `task` for a file that cannot be unpacked. */
export async function readPreview(
  file: FileHandle,
  { name, bytes }: { readonly name: string; readonly bytes: number },
): Promise<Preview> {
  if (await isArchive(file)) return await previewArchive(file, name, bytes);
  const head = await readBeginning(fileBytes(file, name), bytes);
  return { parts: [previewBytes('', head, bytes)], is_archive: false, cut: false };
}

/** One byte more than asked for tells that it goes on. */
async function readBeginning(chunks: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > bytes) break;
  }
  return Buffer.concat(parts).subarray(0, bytes + 1);
}

function previewBytes(name: string, head: Buffer, bytes: number): TextPreview | BinaryPreview {
  const cut = head.length > bytes;
  const text = textOf(head.subarray(0, bytes), cut);
  return text === undefined
    ? { kind: 'binary', name }
    : { kind: 'text', name, text, cut, table: readPreviewTable(text, cut) };
}

/** Undefined when it is no UTF-8 or holds what no text has. A character that was cut is left out. */
function textOf(bytes: Buffer, cut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

async function previewArchive(file: FileHandle, name: string, bytes: number): Promise<Preview> {
  const parts: (TextPreview | BinaryPreview)[] = [];
  const archive = extract();
  const source = Readable.from(bounded(fileBytes(file, name)));
  source.on('error', (error) => archive.destroy(error));
  source.pipe(archive);
  try {
    for await (const entry of archive) {
      if (parts.length === MOST_ENTRIES) return { parts, is_archive: true, cut: true };
      const head = await readEntry(entry as AsyncIterable<Buffer>, bytes);
      parts.push(previewBytes(entry.header.name, head, bytes));
    }
    return { parts, is_archive: true, cut: false };
  } catch (error) {
    if (parts.length === 0) throw error;
    return { parts, is_archive: true, cut: true };
  } finally {
    source.destroy();
  }
}

/** Read to its end, or the next entry would never come. */
async function readEntry(entry: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of entry) {
    if (length <= bytes) parts.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(parts).subarray(0, bytes + 1);
}

/** A few bytes may unpack to very many. */
async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MOST_ARCHIVE_BYTES) throw new Error('the rest of the archive is not looked at');
    yield chunk;
  }
}
