/** Opens the queue that the installation uses. */
import type { Database } from '../db/open.ts';
import { reading, transact } from '../db/transaction.ts';
import { EaselError } from '../model/errors.ts';
import type { QueueKind } from '../model/states.ts';
import type { Emit } from '../runtime/events.ts';
import { installationId, readQueueKind } from '../store/installation.ts';
import { AmqpQueue } from './amqp-queue.ts';
import type { Queue } from './queue.ts';
import { SqlQueue } from './sql-queue.ts';

/** @param wanted instead of the kind that is in use */
export async function openQueue(
  database: Database,
  url: string | undefined,
  emit: Emit,
  wanted?: QueueKind,
): Promise<Queue> {
  if ((wanted ?? (await readQueueKind(reading(database)))) === 'sql') return new SqlQueue();
  if (url === undefined || !/^amqps?:\/\//.test(url)) {
    throw new EaselError(
      'settings',
      'the queue of this installation is RabbitMQ: set EASEL_QUEUE_URL=amqp://user:password@host:port/vhost, or run `easel init-queues` again',
    );
  }
  const prefix = await transact(database, installationId);
  return new AmqpQueue({
    url,
    prefix,
    onChange: (available, reason) =>
      available ? emit('outage_over', { what: 'RabbitMQ' }) : emit('outage', { what: 'RabbitMQ', reason }),
  });
}
