/** `easel pause`: nothing new of a job, a task type or everything starts; what runs goes on to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { plural } from '../../core/cli/format.ts';
import { nameTarget, resumeCommand } from '../../core/cli/pauses.ts';
import type { Database } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import type { Installation } from '../../core/installation.ts';
import { EaselError } from '../../core/model/errors.ts';
import { isFlowType } from '../../core/model/task-type.ts';
import { recordAction } from '../../core/store/audit.ts';
import { findJob } from '../../core/store/jobs.ts';
import { countConcerned, Pauses, type PauseTarget } from '../../core/store/pauses.ts';
import { recallHeld, setPause } from '../../core/store/pausing.ts';
import { addTargetOptions, describeConcerned, readTarget, type TargetOptions } from './pause-target.ts';

/** Longer than a transaction that may have dispatched before it saw the pause. */
const SECOND_LOOK_MS = 200;

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
      await context.using(self, (installation) => pause(context, installation, { target, options }));
    });
}

interface Asked {
  readonly target: PauseTarget;
  readonly options: TargetOptions;
}

async function pause(
  context: CommandContext,
  installation: Installation,
  { target, options }: Asked,
): Promise<void> {
  const { database } = installation;
  await refuseUnknown(installation, target);
  const concerned = await countConcerned(reading(database), target);
  const { json, dryRun } = options;
  if (json === true && dryRun === true)
    return context.printJson({ ...target, dry_run: true, would_touch: concerned });
  const what = `${nameTarget(target)} would be paused: ${describeConcerned(concerned)}`;
  if (!(await confirm(context, what, options))) return;
  const changed = await transact(database, async (trx) => {
    const isNew = await setPause(trx, target);
    await recordAction(trx, 'pause', `${nameTarget(target)}: ${describeConcerned(concerned)}`);
    return isNew;
  });
  const recalled = await recallAll(database, target);
  if (json === true) return context.printJson({ ...target, changed, recalled, running: concerned.running });
  context.print(
    `${nameTarget(target)} ${changed ? 'is paused' : 'was paused already'}: ${plural(recalled, 'task')} taken back from the queue; what runs goes on; \`${resumeCommand(target)}\` undoes it`,
  );
}

/** Again, until nothing is found: somebody may have been dispatching at that moment. */
async function recallAll(database: Database, target: PauseTarget): Promise<number> {
  const pauses = new Pauses([{ ...target, since: 0, person: '' }]);
  let recalled = await recallHeld(database, pauses);
  for (let batch = -1; batch !== 0; recalled += batch) {
    await delay(SECOND_LOOK_MS);
    batch = await recallHeld(database, pauses);
  }
  return recalled;
}

async function refuseUnknown({ database, registry }: Installation, target: PauseTarget): Promise<void> {
  const { scope, name } = target;
  if (scope === 'job') {
    const { state } = await findJob(reading(database), Number(name));
    if (state !== 'running')
      throw new EaselError('usage', `job ${name} has ${state}: there is nothing left of it to pause`);
  }
  if (scope !== 'type' || registry.has(name)) return;
  if (isFlowType(name))
    throw new EaselError(
      'usage',
      `${name} is no type of tasks that run: pause the job instead, or the types below it`,
    );
  throw new EaselError(
    'not_found',
    `there is no task type "${name}"; the settings name the files that declare them`,
  );
}
