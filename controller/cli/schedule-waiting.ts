/** `easel schedule-waiting`: the scheduler daemon. */
import type { Command } from 'commander';
import { type CommandContext, untilStopped } from '../../core/cli/context.ts';
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
      await context.runDaemon(
        command,
        { connections: CONNECTIONS },
        async ({ installation, queue, emit, stop }) => {
          const { settings } = installation;
          const times = { leaseMs: settings.lease_seconds * 1_000, renewMs: settings.renew_seconds * 1_000 };
          const scheduler = new Scheduler({ ...installation, defaults: settings, queue, emit, ...times });
          if (once === true) {
            while ((await scheduler.step()) > 0) if (stop.aborted) break;
            return;
          }
          await scheduler.start(stop);
          await untilStopped(stop);
          await scheduler.stop();
        },
      );
    });
}
