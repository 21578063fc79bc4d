/** `easel token`: what programs show to the API instead of a password. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { reading, transact } from '../../core/db/transaction.ts';
import { ROLES, type Role } from '../../core/model/roles.ts';
import { Ids } from '../../core/store/ids.ts';
import {
  addToken,
  findToken,
  LONGEST_DAYS,
  listTokens,
  revokeToken,
  type TokenView,
} from '../../core/store/tokens.ts';
import { formatInstant } from '../../core/words/format.ts';

interface Options extends ConfirmationOptions {
  readonly user: string;
  readonly name: string;
  readonly role?: Role;
  readonly expires?: number;
  readonly json?: boolean;
}

export function registerToken(program: Command, context: CommandContext): void {
  const token = program
    .command('token')
    .description(
      'See to API tokens: a program sends one as `Authorization: Bearer easel_...` and may do what the role of the token and that of its user allow.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  easel token add --user anna --name "nightly report"\n  easel token list',
    );
  registerAdd(token, context);
  registerList(token, context);
  registerRevoke(token, context);
}

function registerAdd(token: Command, context: CommandContext): void {
  token
    .command('add')
    .description(
      'Make a token and print it, this once: what is kept tells whether a token is right, not what it is.',
    )
    .requiredOption('--user <name>', 'whose token')
    .requiredOption('--name <text>', 'what it is for')
    .addOption(
      new Option('--role <role>', 'at most the role of the user, which it is if not said').choices(ROLES),
    )
    .option('--expires <days>', 'when it ends by itself; never if not said', readDays)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  easel token add --user anna --name "nightly report" --role viewer --expires 90 > token.txt',
    )
    .action(async ({ user, name, role, expires, json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const wish = { user, name, role, days: expires, person: personName() };
        const made = await transact(database, (trx) => addToken(trx, new Ids(database, 1), wish));
        if (json === true) return context.printJson(made);
        const until =
          made.expires_at === null ? 'never expires' : `expires ${formatInstant(made.expires_at)}`;
        context.remark(`token ${made.id} of ${user} (${made.role}, ${until}); it is not shown again:`);
        context.print(made.secret);
      });
    });
}

function readDays(value: string): number {
  const days = Number(value);
  if (!Number.isInteger(days) || days < 1 || days > LONGEST_DAYS)
    throw new InvalidArgumentError(`expected a whole number of days, 1 to ${LONGEST_DAYS}`);
  return days;
}

const COLUMNS = [
  { title: 'ID', right: true },
  { title: 'USER' },
  { title: 'NAME' },
  { title: 'ROLE' },
  { title: 'MADE' },
  { title: 'LAST USED' },
  { title: 'EXPIRES' },
];

function registerList(token: Command, context: CommandContext): void {
  token
    .command('list')
    .description('List tokens, the newest first.')
    .option('--user <name>', 'only of this user')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel token list --user anna')
    .action(async ({ user, json }: Partial<Options>, command: Command) => {
      await context.using(command, async ({ database }) => {
        const tokens = await listTokens(reading(database), user);
        if (json === true) return context.printJson(tokens);
        if (tokens.length === 0) return context.print('there are no tokens');
        for (const line of renderTable(COLUMNS, tokens.map(toRow))) context.print(line);
      });
    });
}

function toRow({ id, user, name, role, created_at, used_at, expires_at, expired }: TokenView): Cell[] {
  const [used, end] = [used_at, expires_at].map((at) => (at === null ? 'never' : formatInstant(at)));
  const expiry: Cell = expired ? { text: `${end} (expired)`, colour: 'yellow' } : (end ?? '');
  return [id, user, name, role, formatInstant(created_at), used ?? '', expiry];
}

function registerRevoke(token: Command, context: CommandContext): void {
  token
    .command('revoke')
    .description('End a token: whoever shows it from now on is nobody.')
    .argument('<id>', 'as `easel token list` shows it', readId)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be revoked')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel token revoke 1234')
    .action(async (id: number, options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const { user, name } = await findToken(reading(database), id);
        if (options.json === true && options.dryRun === true)
          return context.printJson({ dry_run: true, id, user, name });
        const what = `token ${id} of ${user} ("${name}") would be revoked`;
        if (!(await confirm(context, what, options))) return;
        await transact(database, (trx) => revokeToken(trx, { id, person: personName() }));
        if (options.json === true) context.printJson({ dry_run: false, id, user, name });
        else context.print(`token ${id} of ${user} was revoked`);
      });
    });
}
