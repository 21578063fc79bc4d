/** `easel resume`: lifts a pause. Other pauses that hold back the same tasks stay. */
import type { Command } from 'commander';
import { describePlannedResume, describeResumed, planResume, resume } from '../../core/actions/resume.ts';
import { confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';
import type { Installation } from '../../core/installation.ts';
import type { PauseTarget } from '../../core/store/pauses.ts';
import { describePause } from '../../core/words/pauses.ts';
import { addTargetOptions, readTarget, type TargetOptions } from './pause-target.ts';

export function registerResume(program: Command, context: CommandContext): void {
  const command = program
    .command('resume')
    .description('Let go on what `easel pause` holds: a job, a task type or everything.');
  addTargetOptions(command)
    .addHelpText('after', '\nExample:\n  easel resume --job 42\n  easel resume --type transit_search --yes')
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
  const planned = await planResume(installation, target);
  const { json, dryRun } = options;
  if (json === true && dryRun === true)
    return context.printJson({ ...target, dry_run: true, would_touch: planned });
  if (!(await confirm(context, describePlannedResume(target, planned), options))) return;
  const done = await resume(installation, target, personName());
  if (json === true) return context.printJson({ ...target, ...done });
  context.print(renderLine(describeResumed(target, done)));
  for (const each of done.still_paused) context.remark(renderLine(describePause(each)));
}
