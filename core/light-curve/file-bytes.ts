/** The bytes of a file as a stream, unpacked when they are gzip: memory holds one chunk, whatever the file's size. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EaselError } from '../model/errors.ts';

const CHUNK_BYTES = 1 << 18;

/** A path, or a file that is open: then it is read from its beginning, and left open. */
export type FileSource = string | FileHandle;

/** `name` is what errors call the file: EaselError `task` when it cannot be read or unpacked. */
export async function* fileBytes(source: FileSource, name: string): AsyncGenerator<Buffer> {
  try {
    yield* await openBytes(source);
  } catch (error) {
    throw error instanceof Error && 'code' in error && !(error instanceof EaselError)
      ? new EaselError('task', `${name} cannot be read: ${error.message}`, { cause: error })
      : error;
  }
}

async function openBytes(source: FileSource): Promise<AsyncIterable<Buffer>> {
  const magic = await readHead(source, 2);
  const bytes = streamOf(source);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return bytes;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  bytes.on('error', (error) => unpacked.destroy(error));
  return bytes.pipe(unpacked);
}

export function streamOf(source: FileSource): Readable {
  return typeof source === 'string'
    ? createReadStream(source, { highWaterMark: CHUNK_BYTES })
    : source.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES });
}

/** The first bytes of the file, fewer when it is shorter. */
export async function readHead(source: FileSource, length: number): Promise<Buffer> {
  const file = typeof source === 'string' ? await open(source) : source;
  const head = Buffer.alloc(length);
  try {
    const { bytesRead } = await file.read(head, 0, length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    if (file !== source) await file.close();
  }
}
