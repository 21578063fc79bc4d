/** `easel schedule-waiting`: the scheduler daemon. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { openQueueOf } from '../../core/installation.ts';
import { Scheduler } from '../scheduler.ts';

const CONNECTIONS = 4;

export function registerScheduleWaiting(program: Command, context: CommandContext): void {
  program
    .command('schedule-waiting')
    .description(
      'Run a scheduler until stopped: expand jobs, dispatch ready tasks, recover what was lost. Any number may run.',
    )
    .option('--once', 'do what there is to do now, then end')
    .addHelpText('after', '\nExample:\n  screen -S scheduler easel schedule-waiting')
    .action(async ({ once }: { once?: boolean }, command: Command) => {
      const stop = context.stopSignal();
      const installation = await context.open(command, CONNECTIONS);
      const { emit } = context;
      const queue = await openQueueOf(installation, emit);
      const { lease_seconds, renew_seconds, max_lost } = installation.settings;
      const times = { leaseMs: lease_seconds * 1_000, renewMs: renew_seconds * 1_000, maxLost: max_lost };
      const scheduler = new Scheduler({ ...installation, queue, emit, ...times });
      if (once === true) {
        while ((await scheduler.step()) > 0) if (stop.aborted) break;
      } else {
        await scheduler.start();
        await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
        await scheduler.stop();
      }
      await queue.close();
      await installation.database.close();
    });
}
