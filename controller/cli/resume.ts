/** `easel resume`: lifts a pause. Other pauses that hold back the same tasks stay. */
import type { Command } from 'commander';
import { confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { describePause, nameTarget } from '../../core/cli/pauses.ts';
import type { Database } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { recordAction } from '../../core/store/audit.ts';
import { countConcerned, type PauseTarget, readPauses } from '../../core/store/pauses.ts';
import { bringBack, liftPause } from '../../core/store/pausing.ts';
import { addTargetOptions, readTarget, type TargetOptions } from './pause-target.ts';

export function registerResume(program: Command, context: CommandContext): void {
  const command = program
    .command('resume')
    .description('Let go on what `easel pause` holds: a job, a task type or everything.');
  addTargetOptions(command)
    .addHelpText('after', '\nExample:\n  easel resume --job 42\n  easel resume --type transit_search --yes')
    .action(async (options: TargetOptions, self: Command) => {
      const target = readTarget(options);
      await context.using(self, ({ database }) => resume(context, database, { target, options }));
    });
}

interface Asked {
  readonly target: PauseTarget;
  readonly options: TargetOptions;
}

async function resume(
  context: CommandContext,
  database: Database,
  { target, options }: Asked,
): Promise<void> {
  const { ready } = await countConcerned(reading(database), target);
  const { json, dryRun } = options;
  if (json === true && dryRun === true)
    return context.printJson({ ...target, dry_run: true, would_touch: { ready } });
  const what = `${nameTarget(target)} would be resumed: ${ready} ready tasks may start`;
  if (!(await confirm(context, what, options))) return;
  const changed = await transact(database, async (trx) => {
    const wasPaused = await liftPause(trx, target);
    if (wasPaused) await recordAction(trx, 'resume', `${nameTarget(target)}: ${ready} ready tasks`);
    return wasPaused;
  });
  if (target.scope === 'type') {
    for (let batch = -1; batch !== 0; )
      batch = await transact(database, (trx) => bringBack(trx, target.name));
  }
  const { rows: left } = await readPauses(reading(database));
  if (json === true) return context.printJson({ ...target, changed, ready, still_paused: left });
  context.print(
    changed
      ? `${nameTarget(target)} is resumed: ${ready} ready tasks may start`
      : `${nameTarget(target)} was not paused`,
  );
  for (const each of left) context.remark(describePause(each));
}
