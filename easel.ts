/**
 * The composition root: the one file that knows all parts. It reads argv, environment and signals, puts the command
 * line together, and turns errors into messages and exit codes: 0 ok, 1 failed, 2 wrong usage.
 */
import { Command, CommanderError } from 'commander';
import { registerControllerCommands } from './controller/main.ts';
import { CommandContext } from './core/cli/context.ts';
import { endWithReader } from './core/cli/terminal.ts';
import { explainRefusal } from './core/db/advice.ts';
import { EaselError } from './core/model/errors.ts';
import { easelVersion } from './core/runtime/package.ts';
import { registerCompositeCommands } from './standalone.ts';
import { registerWebCommands } from './web/main.ts';
import { registerWorkerCommands } from './worker/main.ts';

endWithReader();
const context = new CommandContext(process);
const program = new Command('easel')
  .description(
    'Pipelines of scientific tasks over files: submit a chain of tasks, have it run in parallel, see and mend.',
  )
  .version(easelVersion())
  .showHelpAfterError('(add --help for usage and an example)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();
context.addGlobalOptions(program);
registerCompositeCommands(program, context);
registerControllerCommands(program, context);
registerWorkerCommands(program, context);
registerWebCommands(program, context);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2; // commander has said it
  const error = explainRefusal(thrown);
  if (error instanceof EaselError) {
    process.stderr.write(`easel: ${error.message}\n`);
    return error.code === 'usage' ? 2 : 1;
  }
  if (error instanceof Error && 'syscall' in error) {
    process.stderr.write(`easel: ${error.message}\n`); // the system refused: no space, no rights, no such host
    return 1;
  }
  process.stderr.write(
    `easel: unexpected error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}
