/**
 * A small image for tests, without any registry: this machine's own Node with the libraries it needs, an init when there is one, and a program
 * that obeys. It is made in seconds; the same content makes the same layers, so making it again costs next to nothing.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, readFileSync, realpathSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Pack, pack } from 'tar-stream';
import type { Engine } from '../../../controller/deployment/docker/api.ts';
import { CONTAINER_USER } from '../../../controller/deployment/service.ts';
import { findProgram } from '../servers/programs.ts';

const PROGRAM = fileURLToPath(new URL('obey.js', import.meta.url));
const LIBRARY = /(\/\S+) \(0x[0-9a-f]+\)$/;

/** `mark` makes images of one name differ. */
export async function buildTestImage(engine: Engine, tag: string, mark = ''): Promise<void> {
  const tar = pack();
  const built = engine.buildImage(Readable.from(tar), { t: tag, forcerm: true });
  await write(tar, mark);
  const output = await built;
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(output, (error, events: { error?: string }[]) => {
      const problem = error?.message ?? events.find((event) => event.error !== undefined)?.error;
      if (problem === undefined) resolve();
      else reject(new Error(`${tag} cannot be built: ${problem}`));
    });
  });
}

async function write(tar: Pack, mark: string): Promise<void> {
  const init = findProgram(['tini', 'docker-init']);
  const programs = [process.execPath, ...(init === null ? [] : [init])];
  const libraries = new Set(programs.flatMap(librariesOf));
  const entry = init === null ? ['/node'] : ['/init', '--', '/node'];
  const lines = [
    'FROM scratch',
    'COPY root /',
    `COPY --chown=${CONTAINER_USER}:${CONTAINER_USER} data /data`,
    `LABEL mark=${JSON.stringify(mark)}`,
    `ENTRYPOINT ${JSON.stringify([...entry, '/obey.js'])}`,
  ];
  tar.entry({ name: 'Dockerfile' }, lines.join('\n'));
  tar.entry({ name: 'root/package.json', mtime: new Date(0) }, '{"type":"module"}');
  tar.entry({ name: 'root/obey.js', mtime: new Date(0) }, readFileSync(PROGRAM));
  tar.entry({ name: 'data', type: 'directory', mtime: new Date(0) });
  await add(tar, process.execPath, '/node');
  if (init !== null) await add(tar, init, '/init');
  for (const library of libraries) await add(tar, library, library);
  tar.finalize();
}

async function add(tar: Pack, from: string, to: string): Promise<void> {
  const path = realpathSync(from);
  const { size } = statSync(path);
  await pipeline(
    createReadStream(path),
    tar.entry({ name: `root${to}`, size, mode: 0o755, mtime: new Date(0) }),
  );
}

/** None of a program that is linked statically: ldd then fails. */
function librariesOf(program: string): string[] {
  try {
    const told = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return told.split('\n').flatMap((line) => LIBRARY.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}
