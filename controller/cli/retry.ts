/** `easel retry`: another chance for one task, and for what was blocked or cancelled because of it. */
import type { Command } from 'commander';
import { describePlannedRetry, describeRetry, planRetry, retry } from '../../core/actions/retry.ts';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';

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
      await context.using(command, async (installation) => {
        const one = { taskId, withDependants: options.withDependants === true };
        const planned = await planRetry(installation, one);
        if (!(await confirm(context, describePlannedRetry(planned), options))) return;
        const done = await retry(installation, one, personName());
        const { job_id: job, ...counts } = done;
        if (options.json === true) context.printJson({ job, ...counts });
        else context.print(renderLine(describeRetry(done)));
      });
    });
}
