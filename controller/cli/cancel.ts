/** `easel cancel`: ends a task, all below a flow task, or a job; says so when nothing of it runs any more. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { plural } from '../../core/cli/format.ts';
import type { Database } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { ENDED } from '../../core/model/states.ts';
import { personName, recordAction } from '../../core/store/audit.ts';
import { wantCancelled } from '../../core/store/cancellations.ts';
import { carryOut } from '../../core/store/cancelling.ts';
import { Ids } from '../../core/store/ids.ts';
import { countOpenWork } from '../../core/store/open-below.ts';
import { findRoot, findTask, type TaskView } from '../../core/store/task-views.ts';

interface Options extends ConfirmationOptions {
  readonly job?: number;
  readonly wait: boolean;
  readonly json?: boolean;
}

const LOOK_EVERY_MS = 200;

export function registerCancel(program: Command, context: CommandContext): void {
  program
    .command('cancel')
    .description(
      'Cancel a task, with all below it if it is a flow task, or a job. What runs is asked to stop, then killed; what has finished before stays. `easel retry` and `easel reschedule-unfinished` bring it back.',
    )
    .argument('[task]', 'id of the task', readId)
    .option('--job <id>', 'the whole job', readId)
    .option('--no-wait', 'do not wait until everything has stopped')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  easel cancel 1234\n  easel cancel --job 42 --dry-run')
    .action(async (task: number | undefined, options: Options, command: Command) => {
      if ((task === undefined) === (options.job === undefined))
        throw new EaselError('usage', 'name either a task or, with --job, a job');
      const stop = context.stopSignal();
      await context.using(command, async ({ database }) => {
        const reader = reading(database);
        const target = await (options.job === undefined
          ? findTask(reader, task ?? 0)
          : findRoot(reader, options.job));
        await cancel(context, { database, target, options, stop });
      });
    });
}

interface Order {
  readonly database: Database;
  readonly target: TaskView;
  readonly options: Options;
  readonly stop: AbortSignal;
}

async function cancel(context: CommandContext, { database, target, options, stop }: Order): Promise<void> {
  const what = options.job === undefined ? `task ${target.id}` : `job ${options.job}`;
  if (ENDED.includes(target.state))
    throw new EaselError(
      'conflict',
      `${what} has ended already (${target.state}): there is nothing to cancel`,
    );
  const open = await countOpenWork(database, target.id);
  if (!(await confirm(context, `${plural(open, 'task')} of ${what} would be cancelled`, options))) return;
  const wish = {
    ...{ taskId: target.id, jobId: target.job_id },
    reason: `cancelled by ${personName()} with ${what}`,
  };
  await transact(database, async (trx) => {
    await wantCancelled(trx, [wish]);
    await recordAction(trx, 'cancel', what);
  });
  const done = await carryOut(database, new Ids(database, 100), wish);
  const state = options.wait
    ? await untilEnded(database, target.id, stop)
    : await stateOf(database, target.id);
  if (options.json === true) context.printJson({ ...done, state });
  else context.print(describe(what, { ...done, state }));
  if (options.wait && !ENDED.includes(state)) context.fail();
}

function describe(
  what: string,
  { cancelled, asked, state }: { cancelled: number; asked: number; state: TaskView['state'] },
): string {
  const running = asked === 0 ? '' : `, ${plural(asked, 'running task')} asked to stop`;
  const now = ENDED.includes(state)
    ? `${what} is ${state}`
    : `${what} is still ${state}: its workers have been asked; a task whose worker is gone ends with its lease`;
  return `cancelled ${plural(cancelled, 'waiting task')}${running}; ${now}`;
}

/** Until it has ended, or the person does not want to wait any longer. */
async function untilEnded(database: Database, taskId: number, stop: AbortSignal): Promise<TaskView['state']> {
  for (;;) {
    const state = await stateOf(database, taskId);
    if (ENDED.includes(state) || stop.aborted) return state;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function stateOf(database: Database, taskId: number): Promise<TaskView['state']> {
  return (await findTask(reading(database), taskId)).state;
}
