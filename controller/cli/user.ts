/** `easel user`: who may use the dashboard, and what each may do there. */
import { type Command, Option } from 'commander';
import { type ConfirmationOptions, confirm } from '../../core/cli/confirmation.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { readNewPassword } from '../../core/cli/secret-input.ts';
import { renderTable } from '../../core/cli/table.ts';
import { type Reader, reading, transact } from '../../core/db/transaction.ts';
import { ROLES, type Role } from '../../core/model/roles.ts';
import { checkUserName } from '../../core/model/user-names.ts';
import { checkPassword, hashPassword } from '../../core/runtime/password.ts';
import { listTokens } from '../../core/store/tokens.ts';
import {
  addUser,
  findUser,
  listUsers,
  refuseLastAdmin,
  removeUser,
  setPassword,
  setRole,
} from '../../core/store/users.ts';
import { formatInstant, plural } from '../../core/words/format.ts';

interface Options extends ConfirmationOptions {
  readonly role: Role;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export function registerUser(program: Command, context: CommandContext): void {
  const user = program
    .command('user')
    .description(
      'See to the users of the dashboard. A viewer looks at everything, an operator also acts on jobs and the queue, an admin also sees to users. As soon as there is a user, everybody has to log in.',
    )
    .addHelpText('after', '\nExamples:\n  easel user add anna --role admin\n  easel user list');
  registerAdd(user, context);
  registerList(user, context);
  registerSetRole(user, context);
  registerSetPassword(user, context);
  registerRemove(user, context);
}

const roleOption = () =>
  new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory();
const STDIN = ['--password-stdin', 'read the password from the first line of standard input'] as const;

function registerAdd(user: Command, context: CommandContext): void {
  user
    .command('add')
    .description('Add a user. The password is asked for, twice; the first user must be an admin.')
    .argument('<name>', 'how the user logs in')
    .addOption(roleOption())
    .option(...STDIN)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  easel user add anna --role admin\n  pass show easel/ben | easel user add ben --role viewer --password-stdin',
    )
    .action(async (name: string, { role, passwordStdin, json }: Options, command: Command) => {
      checkUserName(name);
      await context.using(command, async ({ database }) => {
        const password = await askPassword(passwordStdin);
        await transact(database, (trx) => addUser(trx, { name, role, password, person: personName() }));
        if (json === true) context.printJson({ name, role });
        else context.print(`user ${name} was added as ${role}`);
      });
    });
}

function registerList(user: Command, context: CommandContext): void {
  user
    .command('list')
    .description('List users with their roles.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel user list')
    .action(async ({ json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const users = await listUsers(reading(database));
        if (json === true) return context.printJson(users);
        if (users.length === 0)
          return context.print('there are no users: nobody has to log in, and only this machine is served');
        const rows = users.map(({ name, role, created_at }) => [name, role, formatInstant(created_at)]);
        const columns = [{ title: 'NAME' }, { title: 'ROLE' }, { title: 'ADDED' }];
        for (const line of renderTable(columns, rows)) context.print(line);
      });
    });
}

function registerSetRole(user: Command, context: CommandContext): void {
  user
    .command('set-role')
    .description(
      'Give a user another role. The sessions of the user end; tokens can do no more than the user.',
    )
    .argument('<name>', 'the user')
    .addOption(roleOption())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel user set-role anna --role operator')
    .action(async (name: string, { role, json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const changed = await transact(database, (trx) => setRole(trx, { name, role, person: personName() }));
        if (json === true) context.printJson({ name, role, changed });
        else context.print(changed ? `${name} is ${role} now` : `${name} was ${role} already`);
      });
    });
}

function registerSetPassword(user: Command, context: CommandContext): void {
  user
    .command('set-password')
    .description('Give a user another password. The sessions of the user end; tokens stay.')
    .argument('<name>', 'the user')
    .option(...STDIN)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel user set-password anna')
    .action(async (name: string, { passwordStdin, json }: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        await findUser(reading(database), name);
        const password = await askPassword(passwordStdin);
        await transact(database, (trx) => setPassword(trx, { name, password, person: personName() }));
        if (json === true) context.printJson({ name, changed: true });
        else context.print(`the password of ${name} was changed; sessions with the old one have ended`);
      });
    });
}

function registerRemove(user: Command, context: CommandContext): void {
  user
    .command('remove')
    .description('Remove a user, with all sessions and tokens. The last admin stays.')
    .argument('<name>', 'the user')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel user remove anna --dry-run')
    .action(async (name: string, options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        const { role, tokens } = await readRemoval(reading(database), name);
        if (options.json === true && options.dryRun === true)
          return context.printJson({ dry_run: true, name, role, tokens });
        const what = `user ${name} (${role}) would be removed, with all sessions and ${plural(tokens, 'token')}`;
        if (!(await confirm(context, what, options))) return;
        await transact(database, (trx) => removeUser(trx, { name, person: personName() }));
        if (options.json === true) context.printJson({ dry_run: false, name, role, tokens });
        else context.print(`user ${name} was removed`);
      });
    });
}

async function readRemoval(reader: Reader, name: string): Promise<{ role: Role; tokens: number }> {
  const found = await findUser(reader, name);
  await refuseLastAdmin(reader, found, 'stay');
  return { role: found.role, tokens: (await listTokens(reader, name)).length };
}

/** Its hash. */
async function askPassword(fromStdin: boolean | undefined): Promise<string> {
  const password = await readNewPassword(fromStdin === true);
  checkPassword(password);
  return await hashPassword(password);
}
