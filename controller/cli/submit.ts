/** `easel submit`: checks a job file and stores it; with `--wait`, stays until the job has ended. */
import type { Command } from 'commander';
import { submit } from '../../core/actions/submit.ts';
import { collect, readInteger } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { readText } from '../../core/cli/files.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';
import { watchJob } from '../../core/cli/progress.ts';
import { remarkWarnings } from '../../core/cli/warnings.ts';
import { describePause } from '../../core/words/pauses.ts';

interface Options {
  readonly tasks: string;
  readonly set: string[];
  readonly priority?: number;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function registerSubmit(program: Command, context: CommandContext): void {
  program
    .command('submit')
    .description('Submit a job file: it is checked whole, and stored only if nothing is wrong with it.')
    .requiredOption('--tasks <file>', 'job file, JSON or YAML; - for standard input')
    .option('--set <name=value>', 'override a parameter of the job file (repeatable)', collect, [])
    .option(
      '--priority <n>',
      'jobs of a higher priority go first (default: what the job file says, else 0)',
      readInteger,
    )
    .option('--wait', 'show progress until the job has ended; exit 1 unless it succeeded')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel submit --tasks demo_jobs/hello.json --wait')
    .action(async ({ tasks: fileName, set, priority, wait, json }: Options, command: Command) => {
      await context.using(
        command,
        async (installation) => {
          const submission = { text: readText(fileName), fileName, set, priority };
          const { jobId, jobFile, pauses } = await submit(installation, submission, personName());
          remarkWarnings(context, fileName, jobFile);
          if (json === true) context.printJson({ job: jobId, name: jobFile.name ?? null });
          else context.print(`job ${jobId}`);
          for (const pause of pauses) context.remark(renderLine(describePause(pause)));
          if (wait !== true) return;
          const state = await watchJob(context, installation, jobId, context.stopSignal());
          if (state !== 'succeeded') context.fail();
        },
        { mustExist: false },
      );
    });
}
