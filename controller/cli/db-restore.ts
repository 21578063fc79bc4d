/** `easel db-restore`: a file of `easel db-save` becomes the content of an empty database, or nothing happens. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { RowProgress } from '../../core/cli/row-progress.ts';
import { migrate } from '../../core/db/migrate.ts';
import { openDatabase, redactUrl } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import { recordAction } from '../../core/store/audit.ts';
import { restore } from '../../core/store/saving/restore.ts';
import { checkSavedFile } from '../../core/store/saving/saved-file.ts';
import { formatInstant, plural } from '../../core/words/format.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly asCopy?: boolean;
  readonly json?: boolean;
}

const STATEMENT_TIMEOUT_MS = 600_000;

export function registerDbRestore(program: Command, context: CommandContext): void {
  program
    .command('db-restore')
    .description(
      'Restore a file of `easel db-save` into an empty database, of whichever kind. The file is checked wholly before anything is stored. If it is broken off, run it again.',
    )
    .argument('<file>', 'what `easel db-save` wrote')
    .option(
      '--as-copy',
      'the original goes on beside it: give this one an id of its own, and so queues of its own',
    )
    .option('--dry-run', 'only check the file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  easel db-restore backup.easel.gz --database-url sqlite:/srv/easel/easel.db',
    )
    .action((file: string, options: Options, command: Command) =>
      checkAndRestore(context, command, { file: resolve(file), options }),
    );
}

async function checkAndRestore(
  context: CommandContext,
  command: Command,
  { file, options }: { file: string; options: Options },
): Promise<void> {
  const { database_url: url, lease_seconds } = context.settings(command);
  const checking = new RowProgress('checking');
  const checked = await checkSavedFile(file, checking.show).finally(() => checking.end());
  const rows = Object.values(checked.footer.rows).reduce((sum, count) => sum + count, 0);
  const { header } = checked;
  const what = `${plural(rows, 'row')} of ${checked.tables.size} tables, saved ${formatInstant(header.saved_at)} from ${header.database} by Easel ${header.easel_version}`;
  const outcome = { file, restored: options.dryRun !== true, header, rows: checked.footer.rows };
  if (options.dryRun === true) {
    if (options.json === true) context.printJson(outcome);
    else context.print(`${file} is whole: ${what} (dry run: nothing was stored)`);
    return;
  }
  const database = await openDatabase(url, { connections: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const progress = new RowProgress('restoring');
  try {
    await migrate(database);
    const asCopy = options.asCopy === true;
    const aliveMs = lease_seconds * 1_000;
    await restore(database, { file, checked, asCopy, aliveMs, onRows: progress.show });
    const detail = `${file}${asCopy ? ' (as a copy)' : ''}: ${what}`;
    const act = { person: personName(), action: 'db-restore', detail };
    await transact(database, (trx) => recordAction(trx, act));
  } finally {
    progress.end();
    await database.close();
  }
  if (options.json === true) context.printJson(outcome);
  else context.print(`restored into ${redactUrl(url)}: ${what}`);
}
