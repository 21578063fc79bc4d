/** `easel reschedule-unfinished`: another chance for what failed, was blocked, lost or cancelled. */
import type { Command } from 'commander';
import {
  describePlannedReschedule,
  describeRescheduled,
  planReschedule,
  rescheduleUnfinished,
} from '../../core/actions/reschedule-unfinished.ts';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';

interface Options extends ConfirmationOptions {
  readonly json?: boolean;
}

export function registerReschedule(program: Command, context: CommandContext): void {
  program
    .command('reschedule-unfinished')
    .description(
      'Try again what failed, was blocked, lost or cancelled, of one job or of all. What is queued, running or done is not touched.',
    )
    .argument('[job]', 'id of the job', readId)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel reschedule-unfinished 42')
    .action(async (jobId: number | undefined, options: Options, command: Command) => {
      await context.using(command, async (installation) => {
        const planned = await planReschedule(installation, { jobId });
        if (!(await confirm(context, describePlannedReschedule(planned), options))) return;
        const done = await rescheduleUnfinished(installation, { jobId }, personName());
        if (options.json === true) context.printJson(done);
        else context.print(renderLine(describeRescheduled(done)));
      });
    });
}
