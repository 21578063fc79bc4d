/** `easel pause`: nothing new of a job, a task type or everything starts; what runs goes on to its end. */
import type { Command } from 'commander';
import { describePaused, describePlannedPause, pause, planPause } from '../../core/actions/pause.ts';
import { confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';
import type { Installation } from '../../core/installation.ts';
import type { PauseTarget } from '../../core/store/pauses.ts';
import { addTargetOptions, readTarget, type TargetOptions } from './pause-target.ts';

export function registerPause(program: Command, context: CommandContext): void {
  const command = program
    .command('pause')
    .description(
      'Start nothing new of a job, a task type or everything; what runs goes on to its end. `easel resume` undoes it.',
    );
  addTargetOptions(command)
    .addHelpText('after', '\nExample:\n  easel pause --job 42\n  easel pause --type transit_search --yes')
    .action(async (options: TargetOptions, self: Command) => {
      const target = readTarget(options);
      await context.using(self, (installation) => run(context, installation, { target, options }));
    });
}

interface Asked {
  readonly target: PauseTarget;
  readonly options: TargetOptions;
}

async function run(
  context: CommandContext,
  installation: Installation,
  { target, options }: Asked,
): Promise<void> {
  const concerned = await planPause(installation, target);
  const { json, dryRun } = options;
  if (json === true && dryRun === true)
    return context.printJson({ ...target, dry_run: true, would_touch: concerned });
  if (!(await confirm(context, describePlannedPause(target, concerned), options))) return;
  const done = await pause(installation, target, personName());
  if (json === true) context.printJson({ ...target, ...done });
  else context.print(renderLine(describePaused(target, done)));
}
