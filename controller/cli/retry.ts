/** `easel retry`: another chance for one task, and for what was blocked or cancelled because of it. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import type { Database } from '../../core/db/open.ts';
import { reading, type Transaction, transact } from '../../core/db/transaction.ts';
import { recordAction } from '../../core/store/audit.ts';
import { type Reopened, reopen } from '../../core/store/reopening.ts';
import { findTask } from '../../core/store/task-views.ts';
import { describeReopened } from './reopened-words.ts';

interface Options extends ConfirmationOptions {
  readonly withDependants?: boolean;
  readonly json?: boolean;
}

export function registerRetry(program: Command, context: CommandContext): void {
  program
    .command('retry')
    .description(
      'Try a task again that failed, was blocked or cancelled, or that is done, along with what was blocked or cancelled because of it. Of a flow task: all below it that ended badly.',
    )
    .argument('<task>', 'id of the task', readId)
    .option('--with-dependants', 'also what is done and was made with its products, and so on from there')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel retry 1234 --with-dependants --dry-run')
    .action(async (taskId: number, options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const { job_id } = await findTask(reading(database), taskId);
        const one = { taskId, withDependants: options.withDependants === true };
        const planned = await dryRun(database, (trx) => reopen(trx, job_id, one));
        const what = `${describeReopened(planned)} of job ${job_id}`;
        if (!(await confirm(context, `${what} would be tried again`, options))) return;
        const done = await transact(database, async (trx) => {
          const reopened = await reopen(trx, job_id, one);
          await recordAction(trx, 'retry', `task ${taskId}: ${describeReopened(reopened)}`);
          return reopened;
        });
        if (options.json === true) context.printJson({ job: job_id, ...done });
        else context.print(`${describeReopened(done)} of job ${job_id} are to be tried again`);
      });
    });
}

/** What it would do, done and undone: counted by what does it. */
async function dryRun(database: Database, work: (trx: Transaction) => Promise<Reopened>): Promise<Reopened> {
  let result: Reopened | undefined;
  const undo = new Error('a dry run is rolled back');
  await transact(database, async (trx) => {
    result = await work(trx);
    throw undo;
  }).catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  if (result === undefined) throw undo;
  return result;
}
