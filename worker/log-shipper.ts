/**
 * Carries the log lines of running attempts to the database: several times a second, and before an attempt ends.
 * Lines come with the times of this host's clock, which may be wrong: they are stored with those of the database's.
 */

import type { Database } from '../core/db/open.ts';
import { reading, transact } from '../core/db/transaction.ts';
import type { LogLine } from '../core/model/log-lines.ts';
import { readNow } from '../core/store/clock.ts';
import { appendLogs, type LogChunk } from '../core/store/logs.ts';

const SHIP_EVERY_MS = 200;
const CHUNK_CHARACTERS = 1_000_000;
const COMPARE_CLOCKS_EVERY_MS = 10_000;
/** Less is no more than the question took. */
const CLOCKS_AGREE_MS = 100;

export class LogShipper {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  readonly #lines = new Map<number, LogLine[]>();
  readonly #numbers = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #shipping: Promise<void> = Promise.resolve();
  /** The last time failed, or its answer was lost. */
  #again = false;
  #clockAheadMs = 0;
  #comparedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  add(attemptId: number, lines: readonly LogLine[]): void {
    if (this.#closed) return;
    const known = this.#lines.get(attemptId);
    if (known === undefined) this.#lines.set(attemptId, [...lines]);
    else known.push(...lines);
    this.#timer ??= setTimeout(() => void this.ship().catch(this.#onError), SHIP_EVERY_MS);
  }

  /** Resolves when everything that was added before is stored. On failure the lines are kept for the next time. */
  ship(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.size === 0) return this.#shipping;
    this.#shipping = this.#shipping.catch(() => undefined).then(() => this.#store());
    return this.#shipping;
  }

  /** The attempt has ended: its numbering is no longer needed, unless lines of it are still to be stored. */
  forget(attemptId: number): void {
    if (!this.#lines.has(attemptId)) this.#numbers.delete(attemptId);
  }

  /** Stores what is left. Lines that come later, or that could not be stored, are not tried again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.ship();
  }

  async #store(): Promise<void> {
    const taken = [...this.#lines];
    this.#lines.clear();
    const numbers = new Map(this.#numbers);
    try {
      await this.#compareClocks();
      const chunks = taken.flatMap(([id, lines]) => this.#chunk(id, lines));
      const again = this.#again;
      await transact(this.#database, (trx) => appendLogs(trx, chunks, { again }));
      this.#again = false;
    } catch (error) {
      this.#again = true;
      for (const [id] of taken) this.#numbers.set(id, 0);
      for (const [id, number] of numbers) this.#numbers.set(id, number);
      for (const [id, lines] of taken) this.#lines.set(id, [...lines, ...(this.#lines.get(id) ?? [])]);
      throw error;
    }
  }

  async #compareClocks(): Promise<void> {
    if (performance.now() - this.#comparedAt < COMPARE_CLOCKS_EVERY_MS) return;
    const before = Date.now();
    const now = await readNow(reading(this.#database));
    const aheadMs = Math.round((before + Date.now()) / 2) - now;
    this.#comparedAt = performance.now();
    if (Math.abs(aheadMs - this.#clockAheadMs) > CLOCKS_AGREE_MS) this.#clockAheadMs = aheadMs;
  }

  #chunk(attemptId: number, lines: readonly LogLine[]): LogChunk[] {
    const chunks: LogChunk[] = [];
    let content = '';
    const cut = (at: number) => {
      const number = this.#numbers.get(attemptId) ?? 0;
      this.#numbers.set(attemptId, number + 1);
      chunks.push({ attempt_id: attemptId, number, at, content });
      content = '';
    };
    let at = 0;
    for (const line of lines) {
      at = line.at - this.#clockAheadMs;
      content += `${JSON.stringify({ ...line, at })}\n`;
      if (content.length > CHUNK_CHARACTERS) cut(at);
    }
    if (content !== '') cut(at);
    return chunks;
  }
}
