/** `easel timings`: what the attempts of each task type took. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { csvField } from '../../core/cli/csv.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { type Distribution, readTimings, type Timing } from '../../core/store/timings.ts';
import { formatBytes, formatCount, formatDuration } from '../../core/words/format.ts';

interface Options {
  readonly job?: number;
  readonly type?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function registerTimings(program: Command, context: CommandContext): void {
  program
    .command('timings')
    .description('Show what the attempts of each task type took: wall-clock time, CPU time and memory.')
    .option('--job <id>', 'only of this job; without it, of all, also those pruned since', readId)
    .option('--type <name>', 'only of this task type')
    .option('--json', 'print JSON, with the histograms')
    .option('--csv', 'print CSV: durations in ms, memory in bytes')
    .addHelpText(
      'after',
      '\nQuantiles are right within 9 %.\n\nExample:\n  easel timings --job 42\n  easel timings --type command --csv > timings.csv',
    )
    .action(async ({ job, type, json, csv }: Options, command: Command) => {
      if (json === true && csv === true) throw new EaselError('usage', 'give --json or --csv, not both');
      await context.using(command, async ({ database }) => {
        const reader = reading(database);
        if (job !== undefined) await viewJob(reader, job); // says so when there is none
        const timings = await readTimings(reader, { jobId: job, type });
        if (json === true) return context.printJson(timings);
        if (csv === true) return printCsv(context, timings);
        if (timings.length === 0) return context.print('no attempt has ended yet');
        for (const line of renderTable(COLUMNS, timings.map(toRow))) context.print(line);
      });
    });
}

const COLUMNS = [
  { title: 'TYPE' },
  ...[
    'ATTEMPTS',
    'WALL P50',
    'P95',
    'MAX',
    'TOTAL',
    'CPU P50',
    'P95',
    'TOTAL',
    'MEMORY P50',
    'P95',
    'MAX',
  ].map((title) => ({ title, right: true })),
];

function toRow({ type, attempts, wall_ms, cpu_ms, peak_memory_bytes }: Timing): Cell[] {
  const show = (
    distribution: Distribution | null,
    keys: readonly ('p50' | 'p95' | 'max' | 'total')[],
    format: (value: number) => string,
  ) => keys.map((key) => (distribution === null ? '' : format(distribution[key])));
  return [
    ...[type, formatCount(attempts)],
    ...show(wall_ms, ['p50', 'p95', 'max', 'total'], formatDuration),
    ...show(cpu_ms, ['p50', 'p95', 'total'], formatDuration),
    ...show(peak_memory_bytes, ['p50', 'p95', 'max'], (bytes) => formatBytes(Math.round(bytes))),
  ];
}

const FIGURES = ['attempts', 'total', 'mean', 'p5', 'p25', 'p50', 'p75', 'p95', 'p99', 'max'] as const;
const MEASURES = ['wall_ms', 'cpu_ms', 'peak_memory_bytes'] as const;

function printCsv(context: CommandContext, timings: readonly Timing[]): void {
  const heads = MEASURES.flatMap((measure) => FIGURES.map((figure) => `${measure}_${figure}`));
  context.print(['type', ...heads].join(','));
  for (const timing of timings) {
    const figures = MEASURES.flatMap((measure) => FIGURES.map((figure) => timing[measure]?.[figure] ?? ''));
    context.print([csvField(timing.type), ...figures].join(','));
  }
}
