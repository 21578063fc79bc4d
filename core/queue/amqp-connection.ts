/**
 * A process's one connection to the broker: made when it is first needed, made anew at most once a second after it
 * was lost. The broker's address is asked for at each connection, so that one that was moved or named late is found.
 *
 * Nobody waits long for a broker: what is not answered within seconds counts as an outage, said once when it begins
 * and once when it is over, and while it lasts attempts are made one at a time.
 */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';

const RECONNECT_AFTER_MS = 1_000;
const ANSWER_MS = 5_000;
const CLOSE_MS = 1_000;
/** A connection that has gone silent is given up after two of these. */
const HEARTBEAT_S = 10;

export interface BrokerOptions {
  /** Throws when no address is known. */
  readonly findUrl: () => string;
  /** Told when the broker goes away and comes back. */
  readonly onChange?: (available: boolean, reason: string) => void;
}

export class AmqpConnection {
  readonly #options: BrokerOptions;
  #connection: Promise<ChannelModel> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #isAvailable = true;
  #attempts = 0;
  #closed = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /** As far as is known. */
  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  /** Undefined when the broker is away. */
  async attempt<T>(work: (connection: ChannelModel) => Promise<T>): Promise<T | undefined> {
    if (this.#closed || this.#isResting()) return undefined;
    this.#attempts++;
    const connection = this.#connect();
    try {
      const result = await answered(connection.then(work));
      this.#report(true, 'connected');
      return result;
    } catch (error) {
      this.#failedAt = performance.now();
      this.#forget(connection);
      void connection.then(end).catch(() => undefined);
      this.#report(false, reasonOf(error));
      return undefined;
    } finally {
      this.#attempts--;
    }
  }

  /** Throws the reason when there is no connection to be had. */
  async check(): Promise<void> {
    try {
      await answered(this.#connect());
    } catch (error) {
      throw new Error(reasonOf(error));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#connection;
    if (opening !== undefined) await answered(opening.then(end)).catch(() => undefined);
  }

  #isResting(): boolean {
    if (performance.now() - this.#failedAt < RECONNECT_AFTER_MS) return true;
    return !this.#isAvailable && this.#attempts > 0;
  }

  #connect(): Promise<ChannelModel> {
    if (this.#connection !== undefined) return this.#connection;
    const opening = this.#open().then((connection) => {
      connection.on('error', () => undefined); // 'close' follows
      connection.on('close', () => this.#forget(opening));
      return connection;
    });
    this.#connection = opening;
    return opening;
  }

  async #open(): Promise<ChannelModel> {
    const url = new URL(this.#options.findUrl());
    if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_S));
    return await connect(url.href, { timeout: ANSWER_MS });
  }

  /** Not when another has taken its place. */
  #forget(connection: Promise<ChannelModel> | undefined): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  #report(isAvailable: boolean, reason: string): void {
    if (this.#isAvailable !== isAvailable && !this.#closed) this.#options.onChange?.(isAvailable, reason);
    this.#isAvailable = isAvailable;
  }
}

/** A broker that does not answer is not waited for when it is left. */
async function end(connection: ChannelModel): Promise<void> {
  const closing = connection.close().catch(() => undefined);
  const tooLate = new AbortController();
  await Promise.race([
    closing.finally(() => tooLate.abort()),
    delay(CLOSE_MS, undefined, { signal: tooLate.signal }).catch(() => undefined),
  ]);
  const { stream } = connection.connection as unknown as { stream: Socket };
  stream.destroy();
}

async function answered<T>(promise: Promise<T>): Promise<T> {
  const { promise: expiry, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`it does not answer within ${ANSWER_MS / 1_000} s`)),
    ANSWER_MS,
  );
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** A host with several addresses fails with an error for each, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
