/** `easel empty-queue`: cancels whatever waits for a worker. */
import type { Command } from 'commander';
import {
  describeEmptied,
  describePlannedEmptying,
  emptyQueue,
  planEmptyQueue,
} from '../../core/actions/empty-queue.ts';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';

interface Options extends ConfirmationOptions {
  readonly job?: number;
  readonly json?: boolean;
}

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
      await context.using(command, async (installation) => {
        const order = { jobId: options.job };
        const planned = await planEmptyQueue(installation, order);
        if (!(await confirm(context, describePlannedEmptying(order, planned), options))) return;
        const done = await emptyQueue(installation, order, personName());
        if (options.json === true) context.printJson(done);
        else context.print(renderLine(describeEmptied(done)));
      });
    });
}
