/**
 * What a process keeps up with while it runs: once a second it looks, by primary key, which queue the installation
 * uses and which schema its database has. Another queue is followed; another schema is the end: `outdated` is
 * aborted, with what a person has to do as its reason.
 */
import { refuseVersion } from './db/migrate.ts';
import { reading } from './db/transaction.ts';
import type { Installation } from './installation.ts';
import { openQueue, openQueueOfKind, type QueueParts } from './queue/open.ts';
import type { Queue } from './queue/queue.ts';
import { QueueInForce } from './queue/queue-in-force.ts';
import type { Emit } from './runtime/events.ts';
import { type InstallationState, readInstallationState } from './store/installation.ts';

const LOOK_EVERY_MS = 1_000;

/** Refused when the queue is a broker whose address is not known. */
export async function watchInstallation(
  { database, settings }: Installation,
  emit: Emit,
): Promise<InstallationWatch> {
  const { choice, queue } = await readInstallationState(reading(database));
  const parts = { database, emit, findUrl: () => settings.reread().queue_url };
  return new InstallationWatch(parts, {
    choice,
    queue: await openQueue(database, parts.findUrl, emit, queue),
  });
}

export class InstallationWatch {
  readonly #parts: QueueParts;
  readonly #queue: QueueInForce;
  readonly #outdated = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #choice: string;
  #looking: Promise<void> | undefined;

  constructor(parts: QueueParts, { queue, choice }: { queue: Queue; choice: string }) {
    this.#parts = parts;
    this.#queue = new QueueInForce(queue);
    this.#choice = choice;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, LOOK_EVERY_MS).unref();
  }

  get queue(): Queue {
    return this.#queue;
  }

  get outdated(): AbortSignal {
    return this.#outdated.signal;
  }

  /** Closes the queue, too. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#queue.close();
  }

  /** That the database is away is told by whoever needs it. */
  async #look(): Promise<void> {
    const { database, emit } = this.#parts;
    try {
      const state = await readInstallationState(reading(database));
      this.#compareSchema(state);
      if (state.choice !== this.#choice) await this.#follow(state);
    } catch (error) {
      if (database.dialect.isOutage(error)) return;
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      emit('defect', { where: 'the look at the installation', reason });
    }
  }

  #compareSchema({ schemaVersion }: InstallationState): void {
    if (schemaVersion === undefined || this.outdated.aborted) return;
    const refusal = refuseVersion(this.#parts.database, schemaVersion);
    if (refusal === undefined) return;
    this.#parts.emit('schema_changed', { reason: refusal.message });
    this.#outdated.abort(refusal);
  }

  async #follow({ queue, choice }: InstallationState): Promise<void> {
    const next = await openQueueOfKind(queue, this.#parts);
    this.#choice = choice;
    this.#parts.emit('queue_changed', { queue });
    await this.#queue.follow(next);
  }
}
