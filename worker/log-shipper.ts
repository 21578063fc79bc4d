/** Carries the log lines of running attempts to the database: several times a second, and before an attempt ends. */
import type { Database } from '../core/db/open.ts';
import { reading } from '../core/db/transaction.ts';
import { appendLogs, type LogChunk } from '../core/store/logs.ts';
import type { LogLine } from './attempt.ts';

const SHIP_EVERY_MS = 200;
const CHUNK_CHARACTERS = 1_000_000;

export class LogShipper {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  readonly #lines = new Map<number, LogLine[]>();
  readonly #numbers = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #shipping: Promise<void> = Promise.resolve();

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  add(attemptId: number, lines: readonly LogLine[]): void {
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

  /** The attempt has ended: its numbering is no longer needed. */
  forget(attemptId: number): void {
    this.#numbers.delete(attemptId);
  }

  async #store(): Promise<void> {
    const taken = [...this.#lines];
    this.#lines.clear();
    const numbers = new Map(this.#numbers);
    try {
      await appendLogs(
        reading(this.#database),
        taken.flatMap(([id, lines]) => this.#chunk(id, lines)),
      );
    } catch (error) {
      for (const [id, number] of numbers) this.#numbers.set(id, number);
      for (const [id, lines] of taken) this.#lines.set(id, [...lines, ...(this.#lines.get(id) ?? [])]);
      throw error;
    }
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
    for (const line of lines) {
      content += `${JSON.stringify(line)}\n`;
      if (content.length > CHUNK_CHARACTERS) cut(line.at);
    }
    if (content !== '') cut(lines.at(-1)?.at ?? 0);
    return chunks;
  }
}
