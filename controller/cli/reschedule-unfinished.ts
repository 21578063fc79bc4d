/** `easel reschedule-unfinished`: another chance for what failed, was blocked, lost or cancelled. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import type { Database } from '../../core/db/open.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { recordAction } from '../../core/store/audit.ts';
import { findJob, unfinishedJobs } from '../../core/store/jobs.ts';
import { countReopenable, type Reopened, reopen } from '../../core/store/reopening.ts';
import { describeReopened } from './reopened-words.ts';

interface Options extends ConfirmationOptions {
  readonly json?: boolean;
}

export function registerReschedule(program: Command, context: CommandContext): void {
  program
    .command('reschedule-unfinished')
    .description(
      'Try again what failed, was blocked, lost or cancelled, of one job or of all. What is queued, running or done is not touched.',
    )
    .argument('[job]', 'id of the job', readId)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be touched')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel reschedule-unfinished 42')
    .action(async (job: number | undefined, options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const jobs = await jobsToReopen(database, job);
        const planned = total(await Promise.all(jobs.map((id) => countReopenable(reading(database), id))));
        if (
          !(await confirm(
            context,
            `${describeReopened(planned)} of ${jobs.length} job(s) would be tried again`,
            options,
          ))
        )
          return;
        const done: Reopened[] = [];
        for (const id of jobs) {
          done.push(
            await transact(database, async (trx) => {
              const reopened = await reopen(trx, id);
              await recordAction(trx, 'reschedule-unfinished', `job ${id}: ${describeReopened(reopened)}`);
              return reopened;
            }),
          );
        }
        const sum = total(done);
        if (options.json === true) context.printJson({ jobs, ...sum });
        else context.print(`${describeReopened(sum)} of ${jobs.length} job(s) are to be tried again`);
      });
    });
}

async function jobsToReopen(database: Database, job: number | undefined): Promise<number[]> {
  if (job === undefined) return await unfinishedJobs(reading(database));
  return [(await findJob(reading(database), job)).id];
}

function total(counts: readonly Reopened[]): Reopened {
  const sum = (key: keyof Reopened) => counts.reduce((before, count) => before + count[key], 0);
  return { failed: sum('failed'), blocked: sum('blocked'), cancelled: sum('cancelled'), done: sum('done') };
}
