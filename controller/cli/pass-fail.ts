/** `easel pass-fail`: which products passed quality control, which did not, and why. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { csvField } from '../../core/cli/csv.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading } from '../../core/db/transaction.ts';
import { Definitions } from '../../core/store/definitions.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { type PassFailRow, readPassFail } from '../../core/store/pass-fail.ts';
import { formatCount } from '../../core/words/format.ts';
import { firstLine } from '../../core/words/text.ts';

interface Options {
  readonly job?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function registerPassFail(program: Command, context: CommandContext): void {
  program
    .command('pass-fail')
    .description('Count the products that passed quality control and those that did not, and say why.')
    .option('--job <id>', 'every output of this job; without it, what was refused in any job', readId)
    .option('--csv', 'print CSV')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel pass-fail --job 42\n  easel pass-fail --csv > refused.csv')
    .action(async ({ job, json, csv }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const reader = reading(database);
        if (job !== undefined) await viewJob(reader, job); // says so when there is none
        const found = await readPassFail(reader, new Definitions(database), { jobId: job });
        if (json === true) return context.printJson(found);
        if (csv === true) return printCsv(context, found.rows);
        if (found.rows.length === 0)
          return context.print(
            job === undefined ? 'no product was refused' : `no task of job ${job} has outputs`,
          );
        for (const line of renderTable(COLUMNS, found.rows.map(toRow))) context.print(line);
        if (!found.complete)
          context.print(`REFUSED and WHY are of the newest ${formatCount(found.looked)} failures`);
      });
    });
}

const COLUMNS = [
  { title: 'JOB', right: true },
  { title: 'TYPE' },
  { title: 'OUTPUT' },
  { title: 'PASSED', right: true },
  { title: 'FAILED', right: true },
  { title: 'REFUSED', right: true },
  { title: 'WHY' },
];

function toRow({ job_id, type, output, passed, failed, refused, reasons }: PassFailRow): Cell[] {
  const why = reasons.map(({ reason, versions }) => `${formatCount(versions)}: ${firstLine(reason)}`);
  const shown =
    refused === 0 ? formatCount(refused) : ({ text: formatCount(refused), colour: 'red' } as const);
  return [job_id, type, output, formatCount(passed), formatCount(failed), shown, why.join('; ') || '-'];
}

function printCsv(context: CommandContext, rows: readonly PassFailRow[]): void {
  context.print('job_id,type,output,passed,failed,refused,reasons');
  for (const { job_id, type, output, passed, failed, refused, reasons } of rows) {
    const why = reasons.map(({ reason, versions }) => `${versions}: ${reason}`).join('; ');
    const fields = [type, output, String(passed), String(failed), String(refused), why].map(csvField);
    context.print([job_id, ...fields].join(','));
  }
}
