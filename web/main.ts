/** `easel web`: serves the dashboard and the API. */
import type { Command } from 'commander';
import { readPort } from '../core/cli/arguments.ts';
import { type CommandContext, untilStopped } from '../core/cli/context.ts';

interface Options {
  readonly host?: string;
  readonly port?: number;
}

export function registerWebCommands(program: Command, context: CommandContext): void {
  program
    .command('web')
    .description('Serve the dashboard and its API: see everything in a browser, and act.')
    .option('--host <address>', 'where to listen (default: what the settings say, else 127.0.0.1)')
    .option('--port <n>', 'where to listen; 0: any that is free (default: the settings, else 8380)', readPort)
    .addHelpText('after', '\nExample:\n  easel web --port 8380')
    .action(async (options: Options, command: Command) => {
      const { serveDashboard, WEB_CONNECTIONS } = await import('./dashboard.ts'); // no other command needs it loaded
      await context.runDaemon(command, WEB_CONNECTIONS, async ({ installation, emit, stop }) => {
        const server = await serveDashboard(installation, emit, options);
        await untilStopped(stop);
        await server.stop();
      });
    });
}
