/**
 * `easel db-save`: the whole database as one file. It is written beside its place under another name and moved there
 * when it is complete and on disk, so a file of that name is always whole.
 */
import { createWriteStream, existsSync } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { RowProgress } from '../../core/cli/row-progress.ts';
import { checkSchema } from '../../core/db/migrate.ts';
import { openDatabase } from '../../core/db/open.ts';
import { inSnapshot } from '../../core/db/snapshot.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { SavedFooter } from '../../core/store/saving/format.ts';
import { savedText } from '../../core/store/saving/save.ts';
import { formatCount, plural } from '../../core/words/format.ts';

interface Options {
  readonly yes?: boolean;
  readonly json?: boolean;
}

const NO_TIMEOUT = 0;

export function registerDbSave(program: Command, context: CommandContext): void {
  program
    .command('db-save')
    .description(
      'Save the database in one file that `easel db-restore` reads on MySQL, MariaDB and SQLite alike: as it stands at one instant, while everything runs. The files of products are not in it.',
    )
    .argument('<file>', 'where to write; by custom it ends in .easel.gz')
    .option('--yes', 'replace the file if it exists')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel db-save backup-$(date +%F).easel.gz')
    .action(async (file: string, { yes = false, json }: Options, command: Command) => {
      const target = resolve(file);
      if (!yes) refuseExisting(target);
      const footer = await save(context, command, { target, replace: yes });
      const rows = Object.values(footer.rows).reduce((sum, count) => sum + count, 0);
      const { size } = await stat(target);
      if (json === true) context.printJson({ file: target, bytes: size, ...footer });
      else
        context.print(
          `saved ${plural(rows, 'row')} of ${Object.keys(footer.rows).length} tables in ${file} (${formatCount(size)} bytes)`,
        );
    });
}

function refuseExisting(target: string): void {
  if (existsSync(target))
    throw new EaselError('usage', `${target} exists: name another file, or add --yes to replace it`);
}

async function save(
  context: CommandContext,
  command: Command,
  { target, replace }: { target: string; replace: boolean },
): Promise<SavedFooter> {
  const stop = context.stopSignal();
  const progress = new RowProgress('saving');
  const next = `${target}.${process.pid}.part`;
  const { database_url } = context.settings(command);
  const database = await openDatabase(database_url, {
    connections: 1,
    statementTimeoutMs: NO_TIMEOUT,
    mustExist: true,
  });
  try {
    await checkSchema(database);
    const footer = await inSnapshot(database, async (reader) => {
      const text = new WithEnd(savedText(reader, progress.show));
      const place = createWriteStream(next, { mode: 0o600, flags: 'wx' });
      await pipeline(Readable.from(text), createGzip(), place, { signal: stop });
      return text.end();
    });
    await moveIntoPlace(next, target, replace);
    return footer;
  } finally {
    progress.end();
    await rm(next, { force: true });
    await database.close();
  }
}

/** Keeps what a generator returns, which iterating over it drops. */
class WithEnd<T, R> implements AsyncIterable<T> {
  readonly #generator: AsyncGenerator<T, R>;
  #end: { value: R } | undefined;

  constructor(generator: AsyncGenerator<T, R>) {
    this.#generator = generator;
  }

  end(): R {
    if (this.#end === undefined) throw new Error('the generator has not ended');
    return this.#end.value;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    this.#end = { value: yield* this.#generator };
  }
}

async function moveIntoPlace(next: string, target: string, replace: boolean): Promise<void> {
  await syncToDisk(next);
  if (replace) await rename(next, target);
  else await nameOnce(next, target);
  await syncToDisk(dirname(target));
}

/** Another process may have made the file meanwhile: a link never replaces anything. */
async function nameOnce(next: string, target: string): Promise<void> {
  try {
    await link(next, target);
  } catch (error) {
    refuseExisting(target);
    if (!(error instanceof Error && 'code' in error && ['EPERM', 'ENOTSUP'].includes(String(error.code))))
      throw error;
    await rename(next, target); // a file system without links
  }
}

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
