/** The bytes of a file as a stream, unpacked when they are gzip: memory holds one chunk, whatever the file's size. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EaselError } from '../model/errors.ts';

const CHUNK_BYTES = 1 << 18;

/** `name` is what errors call the file: EaselError `task` when it cannot be read or unpacked. */
export async function* fileBytes(path: string, name: string): AsyncGenerator<Buffer> {
  try {
    yield* await openBytes(path);
  } catch (error) {
    throw error instanceof Error && 'code' in error && !(error instanceof EaselError)
      ? new EaselError('task', `${name} cannot be read: ${error.message}`, { cause: error })
      : error;
  }
}

async function openBytes(path: string): Promise<AsyncIterable<Buffer>> {
  const file = await open(path);
  const magic = Buffer.alloc(2);
  try {
    await file.read(magic, 0, 2, 0);
  } finally {
    await file.close();
  }
  const bytes = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return bytes;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  bytes.on('error', (error) => unpacked.destroy(error));
  return bytes.pipe(unpacked);
}
