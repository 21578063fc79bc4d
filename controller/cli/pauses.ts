/** `easel pauses`: what is paused, since when and by whom. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { countConcerned, readPauses } from '../../core/store/pauses.ts';
import { formatCount, formatInstant } from '../../core/words/format.ts';
import { commandText } from '../../core/words/line.ts';
import { nameTarget, resumeCommand } from '../../core/words/pauses.ts';

const COLUMNS = [
  { title: 'PAUSED' },
  { title: 'SINCE' },
  { title: 'BY' },
  { title: 'READY', right: true },
  { title: 'STILL RUNNING', right: true },
  { title: 'TO GO ON' },
];

export function registerPauses(program: Command, context: CommandContext): void {
  program
    .command('pauses')
    .description('List what is paused, since when and by whom.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel pauses')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      await context.using(command, async ({ database }) => {
        const reader = reading(database);
        const { rows } = await readPauses(reader);
        const pauses = await Promise.all(
          rows.map(async (row) => ({ ...row, ...(await countConcerned(reader, row)) })),
        );
        if (json === true) return context.printJson(pauses);
        if (pauses.length === 0) return context.print('nothing is paused');
        const cells = pauses.map((each) => [
          ...[nameTarget(each), formatInstant(each.since), each.person],
          ...[formatCount(each.ready), formatCount(each.running), commandText(resumeCommand(each))],
        ]);
        for (const line of renderTable(COLUMNS, cells)) context.print(line);
      });
    });
}
