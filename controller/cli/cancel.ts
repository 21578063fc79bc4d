/** `easel cancel`: ends a task, all below a flow task, or a job; says so when nothing of it runs any more. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import {
  type CancelOrder,
  cancel,
  type DoneCancel,
  describeCancel,
  describePlannedCancel,
  planCancel,
} from '../../core/actions/cancel.ts';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { personName } from '../../core/cli/person.ts';
import { reading } from '../../core/db/transaction.ts';
import type { Installation } from '../../core/installation.ts';
import { EaselError } from '../../core/model/errors.ts';
import { ENDED, type TaskState } from '../../core/model/states.ts';
import { findTask } from '../../core/store/task-views.ts';

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
      const order = readOrder(task, options.job);
      const stop = context.stopSignal();
      await context.using(command, (installation) => run(context, installation, { order, options, stop }));
    });
}

function readOrder(taskId: number | undefined, jobId: number | undefined): CancelOrder {
  if (taskId !== undefined && jobId === undefined) return { taskId };
  if (taskId === undefined && jobId !== undefined) return { jobId };
  throw new EaselError('usage', 'name either a task or, with --job, a job');
}

interface Asked {
  readonly order: CancelOrder;
  readonly options: Options;
  readonly stop: AbortSignal;
}

async function run(
  context: CommandContext,
  installation: Installation,
  { order, options, stop }: Asked,
): Promise<void> {
  const planned = await planCancel(installation, order);
  if (!(await confirm(context, describePlannedCancel(planned), options))) return;
  const done = await cancel(installation, order, personName());
  const state = options.wait ? await untilEnded(installation, done, stop) : done.state;
  const { cancelled, asked } = done;
  if (options.json === true) context.printJson({ cancelled, asked, state });
  else context.print(renderLine(describeCancel({ ...done, state })));
  if (options.wait && !ENDED.includes(state)) context.fail();
}

/** Until it has ended, or the person does not want to wait any longer. */
async function untilEnded(
  { database }: Installation,
  { task_id }: DoneCancel,
  stop: AbortSignal,
): Promise<TaskState> {
  for (;;) {
    const { state } = await findTask(reading(database), task_id);
    if (ENDED.includes(state) || stop.aborted) return state;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
