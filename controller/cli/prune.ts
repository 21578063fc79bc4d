/** `easel prune`: what is older than its retention goes. */
import { type Command, InvalidArgumentError } from 'commander';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { renderTable } from '../../core/cli/table.ts';
import { transact } from '../../core/db/transaction.ts';
import type { Installation } from '../../core/installation.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { Retention } from '../../core/runtime/settings.ts';
import { recordAction } from '../../core/store/audit.ts';
import { type Pruned, prune } from '../../core/store/pruning/prune.ts';
import { KINDS, type Kind } from '../../core/store/pruning/pruning.ts';
import { formatBytes, formatCount } from '../../core/words/format.ts';

type Options = ConfirmationOptions & Partial<Record<Kind, number>> & { readonly json?: boolean };

const WHAT: Record<Kind, string> = {
  jobs: 'whole jobs that ended so long ago; the newest version of each address stays',
  versions: 'versions of products that newer ones have taken the place of',
  attempts: 'attempts that ended so long ago, but the last and the successful one of a task',
  logs: 'log lines of attempts that ended so long ago',
  orphans: 'files that no row names, left by killed workers; at least an hour old',
  processes: 'schedulers and workers that ended so long ago, and of which no attempt is left',
  audit: 'the record of what people did',
};

const GRACE_MS = 3_600_000;

export function registerPrune(program: Command, context: CommandContext): void {
  const command = program
    .command('prune')
    .description(
      'Remove what is older than so many days, while everything runs. Without options for what and how old, as `retention` in settings.yaml says.',
    );
  for (const kind of KINDS) command.option(`--${kind} <days>`, WHAT[kind], readDays);
  command
    .option('--yes', 'do not ask, and do not count first')
    .option('--dry-run', 'only count')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel prune --logs 30 --versions 90 --orphans 1 --dry-run')
    .action(async (options: Options, self: Command) => {
      const stop = context.stopSignal();
      await context.using(self, (installation) => run(context, { installation, options, stop }));
    });
}

function readDays(value: string): number {
  const days = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(days) || days < 0) throw new InvalidArgumentError('expected a number of days, from 0');
  return days;
}

interface Run {
  readonly installation: Installation;
  readonly options: Options;
  readonly stop: AbortSignal;
}

async function run(context: CommandContext, { installation, options, stop }: Run): Promise<void> {
  const { database, areas, settings } = installation;
  const retention = chooseRetention(options, settings.retention);
  const asked = KINDS.flatMap((kind) =>
    retention[kind] === undefined ? [] : [`${kind} ${retention[kind]} d`],
  );
  if (options.yes !== true || options.dryRun === true) {
    const counted = await prune(database, areas, { retention, dryRun: true, stop, graceMs: GRACE_MS });
    if (options.dryRun === true && options.json === true)
      return context.printJson({ dry_run: true, ...counted });
    const text = [`Older than: ${asked.join(', ')}`, ...describe(counted), 'would be removed'].join('\n');
    if (!(await confirm(context, text, options))) return;
  }
  const act = { person: personName(), action: 'prune' };
  await transact(database, (trx) => recordAction(trx, { ...act, detail: `begun: ${asked.join(', ')}` }));
  const pruned = await prune(database, areas, { retention, dryRun: false, stop, graceMs: GRACE_MS });
  const end = stop.aborted ? 'stopped early' : 'ended';
  await transact(database, (trx) =>
    recordAction(trx, { ...act, detail: `${end}: ${JSON.stringify(pruned)}` }),
  );
  if (options.json === true) context.printJson({ dry_run: false, stopped: stop.aborted, ...pruned });
  else {
    for (const line of describe(pruned)) context.print(line);
    context.print(stop.aborted ? 'removed; the rest remains for the next time' : 'removed');
  }
}

function chooseRetention(options: Options, settings: Retention): Retention {
  const given = KINDS.filter((kind) => options[kind] !== undefined);
  const retention =
    given.length > 0 ? Object.fromEntries(given.map((kind) => [kind, options[kind]])) : settings;
  if (Object.keys(retention).length === 0)
    throw new EaselError(
      'usage',
      'say what is to go when it is how old, for example `easel prune --logs 30 --versions 90`, or put `retention: {logs: 30}` into settings.yaml; `easel prune --help` lists the kinds',
    );
  return retention;
}

const COLUMNS = [
  { title: 'WHAT' },
  { title: 'COUNT', right: true },
  { title: 'ROWS', right: true },
  { title: 'SIZE', right: true },
];

function describe(pruned: Pruned): string[] {
  return renderTable(
    COLUMNS,
    KINDS.map((kind) => {
      const { count, rows, bytes } = pruned[kind];
      return [kind, formatCount(count), formatCount(rows), bytes === 0 ? '-' : formatBytes(bytes)];
    }),
  );
}
