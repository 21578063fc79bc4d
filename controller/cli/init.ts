/** `easel init-schema` and `easel init-queues`: prepare the database and choose the queue, and remember both. */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { personName } from '../../core/cli/person.ts';
import { checkSchema, migrate } from '../../core/db/migrate.ts';
import { openDatabase, redactUrl } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import { QUEUE_KINDS, type QueueKind } from '../../core/model/states.ts';
import { openQueue } from '../../core/queue/open.ts';
import { silent } from '../../core/runtime/events.ts';
import { rememberSettings } from '../../core/runtime/settings.ts';
import { recordAction } from '../../core/store/audit.ts';
import { chooseQueue } from '../../core/store/installation.ts';

export function registerInit(program: Command, context: CommandContext): void {
  program
    .command('init-schema')
    .description(
      'Create Easel’s tables in the database, or bring them up to date, and remember the database. Never deletes anything.',
    )
    .addHelpText('after', '\nExample:\n  EASEL_DATABASE_URL=mysql://easel:secret@db/easel easel init-schema')
    .action((_options: object, command: Command) => initSchema(context, command));
  program
    .command('init-queues')
    .description(
      'Choose how workers learn of tasks: by looking at the database (sql) or through RabbitMQ (amqp). May be changed while jobs run: schedulers and workers follow within seconds.',
    )
    .addOption(
      new Option('--queue-implementation <kind>', 'sql or amqp')
        .choices([...QUEUE_KINDS])
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      '\nExample:\n  EASEL_QUEUE_URL=amqp://easel:secret@broker/easel easel init-queues --queue-implementation amqp',
    )
    .action(({ queueImplementation }: { queueImplementation: QueueKind }, command: Command) =>
      initQueues(context, command, queueImplementation),
    );
}

async function initSchema(context: CommandContext, command: Command): Promise<void> {
  const settings = context.settings(command);
  const database = await openDatabase(settings.database_url);
  try {
    const applied = await migrate(database);
    const file = rememberSettings(settings.home, { database_url: settings.database_url });
    const what =
      applied.length === 0 ? 'the schema is up to date' : `applied migration ${applied.join(', ')}`;
    context.print(`${redactUrl(settings.database_url)}: ${what}; remembered in ${file}`);
  } finally {
    await database.close();
  }
}

async function initQueues(context: CommandContext, command: Command, kind: QueueKind): Promise<void> {
  const settings = context.settings(command);
  const database = await openDatabase(settings.database_url);
  try {
    await checkSchema(database);
    if (kind === 'amqp') await (await openQueue(database, settings.queue_url, silent, kind)).check();
    // First: whoever follows the choice looks for the broker here.
    const file = rememberSettings(settings.home, {
      queue_url: kind === 'amqp' ? settings.queue_url : undefined,
    });
    await transact(database, async (trx) => {
      await chooseQueue(trx, kind);
      await recordAction(trx, { person: personName(), action: 'init-queues', detail: kind });
    });
    context.print(`queue: ${kind}; schedulers and workers follow within seconds; remembered in ${file}`);
  } finally {
    await database.close();
  }
}
