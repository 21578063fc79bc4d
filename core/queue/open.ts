/** Opens a queue: the one that the installation uses, or the one that it is to use. */
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { QueueKind } from '../model/states.ts';
import type { Emit } from '../runtime/events.ts';
import { installationId, readQueueKind } from '../store/installation.ts';
import { AmqpQueue } from './amqp-queue.ts';
import type { Queue } from './queue.ts';
import { SqlQueue } from './sql-queue.ts';

/** Where the broker is; asked at each connection. */
export type FindUrl = () => string | undefined;

/**
 * Refused when the broker's address is not known.
 * @param wanted instead of the kind that is in use
 */
export async function openQueue(
  database: Database,
  url: string | undefined | FindUrl,
  emit: Emit,
  wanted?: QueueKind,
): Promise<Queue> {
  const findUrl = typeof url === 'function' ? url : () => url;
  const kind = wanted ?? (await readQueueKind(reading(database)));
  if (kind === 'amqp') brokerUrl(findUrl());
  return await openQueueOfKind(kind, { database, findUrl, emit });
}

export interface QueueParts {
  readonly database: Database;
  readonly findUrl: FindUrl;
  readonly emit: Emit;
}

/** A broker that is not known or away is told, looked for again and again, and done without meanwhile. */
export async function openQueueOfKind(
  kind: QueueKind,
  { database, findUrl, emit }: QueueParts,
): Promise<Queue> {
  if (kind === 'sql') return new SqlQueue();
  return new AmqpQueue({
    prefix: await transact(database, installationId),
    findUrl: () => brokerUrl(findUrl()),
    onChange: (available, reason) =>
      available ? emit('outage_over', { what: 'RabbitMQ' }) : emit('outage', { what: 'RabbitMQ', reason }),
  });
}

function brokerUrl(url: string | undefined): string {
  if (url !== undefined && /^amqps?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new EaselError(
    'settings',
    'the queue of this installation is RabbitMQ: set EASEL_QUEUE_URL=amqp://user:password@host:port/vhost, or run `easel init-queues` again',
  );
}
