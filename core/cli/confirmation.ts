/** Commands that change what is there say first what they will touch, and ask, unless told not to. */
import { createInterface } from 'node:readline/promises';
import { EaselError } from '../model/errors.ts';
import type { CommandContext } from './context.ts';

export interface ConfirmationOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Whether to go on. Without a terminal and without `--yes` nothing is done. */
export async function confirm(
  context: CommandContext,
  what: string,
  { yes, dryRun }: ConfirmationOptions,
): Promise<boolean> {
  if (dryRun === true) {
    context.print(`${what} (dry run: nothing was changed)`);
    return false;
  }
  if (yes === true) return true;
  if (!process.stdin.isTTY)
    throw new EaselError('usage', `${what}: add --yes to do it, or --dry-run to only be told`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${what}. Go on? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
