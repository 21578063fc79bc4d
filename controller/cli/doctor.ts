/** `easel doctor`: checks what should hold of every row and file, explains what does not, and mends it when asked to. */
import type { Command } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { paint } from '../../core/cli/style.ts';
import { reading } from '../../core/db/transaction.ts';
import type { Installation } from '../../core/installation.ts';
import { openQueue } from '../../core/queue/open.ts';
import { silent } from '../../core/runtime/events.ts';
import type { DoctorParts } from '../../core/store/doctor/check.ts';
import { type Diagnosis, visit } from '../../core/store/doctor/doctor.ts';
import { type Fact, readFacts } from '../../core/store/doctor/facts.ts';
import { Ids } from '../../core/store/ids.ts';
import { readQueueKind } from '../../core/store/installation.ts';
import { findJob } from '../../core/store/jobs.ts';
import { formatCount, formatDuration, plural } from '../../core/words/format.ts';
import { countIterations } from '../expansion/iterations.ts';

interface Options extends ConfirmationOptions {
  readonly job?: number;
  readonly repair?: boolean;
  readonly files?: boolean;
  readonly json?: boolean;
}

const OVERDUE_MS = 60_000;
/** The tasks of a whole job are counted in one statement. */
const STATEMENT_TIMEOUT_MS = 600_000;

export function registerDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('Check everything that should hold, explain what does not, and mend it when asked to.')
    .option('--job <id>', 'only the tasks of this job', readId)
    .option('--repair', 'mend what can be mended')
    .option('--files', 'read every version whole and compare its SHA-256, not only its size')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'with --repair: only say what would be mended')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  easel doctor --job 42\n  easel doctor --repair --yes\n\nSafe while everything runs: it reads without locks. Ends with 0 when all is well, with 1 when something is left.',
    )
    .action(async (options: Options, command: Command) => {
      await context.using(command, (installation) => consult(context, installation, options), {
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      });
    });
}

async function consult(context: CommandContext, installation: Installation, options: Options): Promise<void> {
  const { database, settings, areas } = installation;
  const { job: jobId } = options;
  if (jobId !== undefined) await findJob(reading(database), jobId); // says so when there is none
  const startedAt = performance.now();
  const leaseMs = settings.lease_seconds * 1_000;
  const facts = [...(await readFacts(database, { areas, leaseMs })), ...(await brokerFact(installation))];
  const parts = doctorParts(installation, options.files === true);
  const examined = new Map<string, number>();
  const look = (mend: boolean) =>
    visit(parts, { jobId, mend, onPage: (rows, count) => void examined.set(rows, count) });
  let diagnoses = await look(options.repair === true && options.yes === true && options.dryRun !== true);
  if (options.repair === true && (await wantsRepair(context, diagnoses, options)))
    diagnoses = await look(true);
  const troubles = facts.filter(({ trouble }) => trouble !== null).length;
  const left = diagnoses.reduce((sum, each) => sum + each.left, troubles);
  if (options.json === true) {
    context.printJson({
      healthy: left === 0,
      left,
      breaches: diagnoses,
      facts,
      examined: Object.fromEntries(examined),
    });
  } else {
    for (const line of describe({ facts, diagnoses, left })) context.print(line);
    context.print(
      `examined ${plural(examined.get('tasks') ?? 0, 'task')} of ${plural(examined.get('jobs') ?? 0, 'job')} in ${formatDuration(performance.now() - startedAt)}`,
    );
  }
  if (left > 0) context.fail();
}

function doctorParts(installation: Installation, hash: boolean): DoctorParts {
  const { database, areas, settings } = installation;
  return {
    ...{ database, areas, hash, ids: new Ids(database, 100), person: personName() },
    overdueMs: Math.max(OVERDUE_MS, settings.lease_seconds * 1_000),
    iterationsOf: (trx, taskId) => countIterations(trx, installation, taskId),
  };
}

/** What `--yes` asked for is done already; a dry run only looks. */
async function wantsRepair(
  context: CommandContext,
  diagnoses: readonly Diagnosis[],
  options: Options,
): Promise<boolean> {
  const mendable = diagnoses.filter((each) => each.mendable).reduce((sum, { left }) => sum + left, 0);
  if (options.yes === true || options.dryRun === true || mendable === 0) return false;
  return await confirm(context, `${formatCount(mendable)} rows are to be mended`, options);
}

async function brokerFact({ database, settings }: Installation): Promise<Fact[]> {
  if ((await readQueueKind(reading(database))) !== 'amqp') return [];
  const trouble = await openQueue(database, settings.queue_url, silent, 'amqp')
    .then((queue) => queue.check())
    .then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  return [{ fact: 'broker', value: trouble === null ? 'RabbitMQ answers' : 'RabbitMQ', trouble }];
}

function describe(found: {
  facts: readonly Fact[];
  diagnoses: readonly Diagnosis[];
  left: number;
}): string[] {
  return [
    ...found.facts.map(describeFact),
    ...found.diagnoses.flatMap(describeDiagnosis),
    found.left === 0
      ? paint('green', '✓ all that should hold does')
      : paint('red', `✗ ${formatCount(found.left)} left that should not be`),
  ];
}

function describeFact({ fact, value, trouble }: Fact): string {
  const head = `${trouble === null ? ' ' : paint('red', '✗')} ${fact}: ${value}`;
  return trouble === null ? head : `${head}: ${trouble}`;
}

function describeDiagnosis({
  check,
  rule,
  leads_to,
  advice,
  mendable,
  mended,
  left,
  failure,
  examples,
}: Diagnosis): string[] {
  const more = mended + left - examples.length;
  const how = [
    mended > 0 ? `${formatCount(mended)} mended` : [],
    left > 0 ? `${formatCount(left)} left` : [],
  ];
  return [
    `${left > 0 ? paint('red', '✗') : paint('green', '✓')} ${check}: ${how.flat().join(', ')}`,
    `    should hold: ${rule}`,
    `    leads to: ${leads_to}`,
    ...examples.map((what) => `    - ${what}`),
    ...(more > 0 ? [`    - and ${formatCount(more)} more`] : []),
    ...(left > 0 && mendable ? ['    `easel doctor --repair` mends it'] : []),
    ...(left > 0 && failure !== null ? [`    could not be mended: ${failure}`] : []),
    ...(left > 0 && advice !== null ? [`    ${advice}`] : []),
  ];
}
