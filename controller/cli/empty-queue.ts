/** `easel empty-queue`: cancels whatever waits for a worker. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { recordAction } from '../../core/store/audit.ts';
import { cancelWaiting, countWaitingForWorkers } from '../../core/store/emptying.ts';
import { Ids } from '../../core/store/ids.ts';

interface Options extends ConfirmationOptions {
  readonly job?: number;
  readonly json?: boolean;
}

const PER_BATCH = 500;

export function registerEmptyQueue(program: Command, context: CommandContext): void {
  program
    .command('empty-queue')
    .description(
      'Cancel all tasks that wait for a worker. What runs goes on; `easel reschedule-unfinished` brings them back.',
    )
    .option('--job <id>', 'only the tasks of this job', readId)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel empty-queue --job 42 --dry-run')
    .action(async (options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const { job: jobId, json } = options;
        const waiting = await countWaitingForWorkers(reading(database), jobId);
        const where = jobId === undefined ? '' : ` of job ${jobId}`;
        if (
          !(await confirm(
            context,
            `${waiting} tasks${where} wait for a worker and would be cancelled`,
            options,
          ))
        )
          return;
        const ids = new Ids(database, 100);
        const wish = { jobId, reason: 'the queue was emptied by `easel empty-queue`', limit: PER_BATCH };
        let cancelled = 0;
        for (let batch = -1; batch !== 0; cancelled += batch) {
          batch = await transact(database, (trx) => cancelWaiting(trx, ids, wish));
        }
        await transact(database, (trx) => recordAction(trx, 'empty-queue', `${cancelled} tasks${where}`));
        if (json === true) context.printJson({ cancelled });
        else context.print(`cancelled ${cancelled} tasks; \`easel reschedule-unfinished\` brings them back`);
      });
    });
}
