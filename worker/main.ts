/** The worker's commands: `work`, the daemon, and `run-task`, one task alone. */
import type { Command } from 'commander';
import { readCount } from '../core/cli/arguments.ts';
import { type CommandContext, type DaemonParts, untilStopped } from '../core/cli/context.ts';
import { EaselError } from '../core/model/errors.ts';
import { findMisfit, slotsFor, workerClasses } from '../core/model/fit.ts';
import { readCapacity } from '../core/runtime/capacity.ts';
import { explainMisfit } from '../core/words/fit.ts';
import { registerRunTask } from './run-task.ts';
import { Worker } from './worker.ts';

const CONNECTIONS = 4;

interface WorkOptions {
  readonly class: string;
  readonly slots?: number;
}

export function registerWorkerCommands(program: Command, context: CommandContext): void {
  program
    .command('work')
    .description(
      'Run a worker: pull tasks of one worker class from the queue, run, check and report them, until stopped.',
    )
    .option('--class <name>', 'worker class', 'default')
    .option(
      '--slots <n>',
      'tasks at once (default: as many as fit, each with room for the largest task type of the class)',
      readCount,
    )
    .addHelpText(
      'after',
      '\nExample:\n  easel work --slots 8\n\nSIGTERM lets running tasks finish (drain_seconds), then gives the others back.',
    )
    .action(async ({ class: workerClass, slots }: WorkOptions, command: Command) => {
      await context.runDaemon(command, { connections: CONNECTIONS, mustExist: true }, async (parts) => {
        await work(context, parts, { workerClass, wanted: slots });
      });
    });
  registerRunTask(program, context);
}

async function work(
  context: CommandContext,
  { installation, queue, emit, stop }: DaemonParts,
  { workerClass, wanted }: { workerClass: string; wanted: number | undefined },
): Promise<void> {
  const types = [...installation.registry.values()];
  const classes = workerClasses(types);
  if (!classes.includes(workerClass)) {
    context.remark(
      `warning: no task type has the worker class "${workerClass}"; there are: ${classes.join(', ')}`,
    );
  }
  const capacity = readCapacity(context.environment);
  const slots = wanted ?? slotsFor(types, workerClass, capacity);
  const misfit = findMisfit(types, workerClass, { slots, capacity });
  if (misfit?.isLimited) throw new EaselError('settings', explainMisfit(misfit));
  if (misfit !== undefined) emit('misfit', { reason: explainMisfit(misfit) });
  const { lease_seconds, renew_seconds, drain_seconds, kill_grace_seconds } = installation.settings;
  const worker = new Worker({
    ...installation,
    ...{ queue, emit, workerClass, slots, defaults: installation.settings },
    leaseMs: lease_seconds * 1_000,
    renewMs: renew_seconds * 1_000,
    drainMs: drain_seconds * 1_000,
    killGraceMs: kill_grace_seconds * 1_000,
    logLines: installation.settings.log_lines_per_attempt,
  });
  await worker.start(stop);
  await untilStopped(stop);
  await worker.stop();
}
