/** `easel queue`: what waits for workers, and who is there to take it. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { renderLine } from '../../core/cli/line.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { type ClassView, viewQueue } from '../../core/store/queue-view.ts';
import { formatCount, formatDuration, plural } from '../../core/words/format.ts';
import { describePause } from '../../core/words/pauses.ts';

export function registerQueue(program: Command, context: CommandContext): void {
  program
    .command('queue')
    .description('Show what waits for workers, by worker class, and who is alive to take it.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel queue')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      await context.using(command, async ({ database, settings }) => {
        const queue = await viewQueue(reading(database), settings.lease_seconds * 1_000);
        if (json === true) return context.printJson(queue);
        const table =
          queue.classes.length === 0
            ? ['nothing waits, and no worker is alive']
            : renderTable(COLUMNS, queue.classes.map(toRow));
        for (const line of table) context.print(line);
        context.print(
          `${plural(queue.to_expand, 'task')} to expand, ${plural(queue.schedulers, 'scheduler')} alive`,
        );
        for (const pause of queue.pauses) context.print(renderLine(describePause(pause)));
        for (const line of gaps(queue.classes)) context.print(line);
        if (
          queue.schedulers === 0 &&
          (queue.to_expand > 0 || queue.classes.some(({ in_line }) => in_line > 0))
        ) {
          context.print('no scheduler is alive: start `easel schedule-waiting`');
        }
      });
    });
}

const COLUMNS = [
  { title: 'CLASS' },
  { title: 'QUEUED', right: true },
  { title: 'OLDEST', right: true },
  { title: 'IN LINE', right: true },
  { title: 'PAUSED', right: true },
  { title: 'RUNNING', right: true },
  { title: 'WORKERS', right: true },
  { title: 'SLOTS', right: true },
];

function toRow({ worker_class, queued, oldest_ms, in_line, set_aside, ...now }: ClassView): Cell[] {
  const { running, workers, slots } = now;
  return [
    worker_class,
    formatCount(queued),
    oldest_ms === null ? '-' : formatDuration(oldest_ms),
    formatCount(in_line),
    formatCount(set_aside),
    formatCount(running),
    workers === 0 && queued > 0 ? { text: '0', colour: 'red' } : formatCount(workers),
    formatCount(slots),
  ];
}

function gaps(classes: readonly ClassView[]): string[] {
  return classes
    .filter(({ queued, in_line, workers }) => queued + in_line > 0 && workers === 0)
    .map(
      ({ worker_class: name }) =>
        `no worker of class "${name}" is alive: start \`easel work --class ${name}\``,
    );
}
