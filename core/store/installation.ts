/** Facts about the installation as a whole, kept in the database: which queue is in use, and an id of its own. */
import { randomBytes } from 'node:crypto';
import { insertRows } from '../db/rows.ts';
import type { Reader, Transaction } from '../db/transaction.ts';
import type { QueueKind } from '../model/states.ts';

async function readFact({ kysely }: Reader, name: string): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('installation')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

export async function writeFact(trx: Transaction, name: string, value: string): Promise<void> {
  await trx.kysely.deleteFrom('installation').where('name', '=', name).execute();
  await insertRows(trx, 'installation', [{ name, value }]);
}

export async function readQueueKind(reader: Reader): Promise<QueueKind> {
  return (await readFact(reader, 'queue')) === 'amqp' ? 'amqp' : 'sql';
}

/** What a process must keep up with while it runs. */
export interface InstallationState {
  readonly queue: QueueKind;
  /** Another one each time a queue was chosen, be it the same: the broker may have moved. */
  readonly choice: string;
  /** Unknown in the moment in which a migration writes it. */
  readonly schemaVersion: number | undefined;
}

export async function readInstallationState({ kysely }: Reader): Promise<InstallationState> {
  const rows = await kysely
    .selectFrom('installation')
    .selectAll()
    .where('name', 'in', ['queue', 'queue_choice', 'schema_version'])
    .execute();
  const facts = new Map(rows.map(({ name, value }) => [name, value]));
  const version = facts.get('schema_version');
  return {
    queue: facts.get('queue') === 'amqp' ? 'amqp' : 'sql',
    choice: facts.get('queue_choice') ?? '',
    schemaVersion: version === undefined ? undefined : Number(version),
  };
}

/** Daemons follow within moments. */
export async function chooseQueue(trx: Transaction, kind: QueueKind): Promise<void> {
  await writeFact(trx, 'queue', kind);
  await writeFact(trx, 'queue_choice', randomBytes(4).toString('hex'));
}

/** Sets the queues of this installation apart from those of others on the same broker. Made once. */
export async function installationId(trx: Transaction): Promise<string> {
  const known = await readFact(trx, 'id');
  if (known !== undefined) return known;
  const id = randomBytes(4).toString('hex');
  await writeFact(trx, 'id', id);
  return id;
}

/**
 * What the dashboard signs with. Made once, while no other can: a row that is always there is locked, so that all processes have the
 * same. It is no part of a saved database (core/store/saving).
 */
export async function webKey(trx: Transaction): Promise<Buffer> {
  const { kysely, dialect } = trx;
  await kysely
    .selectFrom('installation')
    .select('value')
    .where('name', '=', 'schema_version')
    .modifyEnd(dialect.forUpdate)
    .execute();
  const known = await readFact(trx, WEB_KEY);
  const key = known ?? randomBytes(32).toString('hex');
  if (known === undefined) await writeFact(trx, WEB_KEY, key);
  return Buffer.from(key, 'hex');
}

export const WEB_KEY = 'web_key';
