/**
 * The log of one attempt on its way to the supervisor: sent in batches, at the latest 20 ms after a line came, and
 * at once when the last batch is older than that, so that code which never yields streams too.
 * A log is bounded: beyond its limit lines are left out, all but the last 50, and one line says how many.
 */
import type { LogLine } from '../../core/model/log-lines.ts';
import { MAX_LINE_BYTES } from './log-lines.ts';
import type { LogLimit } from './protocol.ts';

const FLUSH_AFTER_MS = 20;
const BATCH_LINES = 500;
const BATCH_BYTES = 65_536;
const LAST_LINES = 50;

export class LogBuffer {
  readonly #send: (lines: LogLine[]) => Promise<void>;
  readonly #limit: LogLimit;
  #batch: LogLine[] = [];
  #batchBytes = 0;
  #flushedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #lines = 0;
  #bytes = 0;
  #leftOut = 0;
  #last: LogLine[] = [];
  #sending: Promise<void> = Promise.resolve();

  /** `send` resolves when the receiver has room for more. */
  constructor(send: (lines: LogLine[]) => Promise<void>, limit: LogLimit) {
    this.#send = send;
    this.#limit = limit;
  }

  add(line: LogLine): void {
    if (line.message.length > MAX_LINE_BYTES) this.#addInPieces(line);
    else this.#count(line);
  }

  /** For producers that can wait: resolves when what was sent so far has been taken. */
  async room(): Promise<void> {
    await this.#sending;
  }

  /** Sends what is left, and what became of lines beyond the limit. */
  async close(): Promise<void> {
    if (this.#leftOut > 0) {
      const message = `the log grew beyond its limit: ${this.#leftOut} lines were left out here`;
      this.#push({ at: Date.now(), level: 'warning', message });
    }
    for (const line of this.#last) this.#push(line);
    this.#flush();
    await this.#sending;
  }

  #count(line: LogLine): void {
    this.#lines++;
    this.#bytes += line.message.length;
    if (this.#lines <= this.#limit.lines && this.#bytes <= this.#limit.bytes) this.#push(line);
    else this.#leaveOut(line);
  }

  #addInPieces(line: LogLine): void {
    for (let start = 0; start < line.message.length; start += MAX_LINE_BYTES) {
      this.add({ ...line, message: line.message.slice(start, start + MAX_LINE_BYTES) });
    }
  }

  #leaveOut(line: LogLine): void {
    this.#last.push(line);
    if (this.#last.length <= LAST_LINES) return;
    this.#last.shift();
    this.#leftOut++;
  }

  #push(line: LogLine): void {
    this.#batch.push(line);
    this.#batchBytes += line.message.length;
    const isFull = this.#batch.length >= BATCH_LINES || this.#batchBytes >= BATCH_BYTES;
    if (isFull || performance.now() - this.#flushedAt >= FLUSH_AFTER_MS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const before = this.#sending;
    const sent = this.#send(batch);
    this.#sending = before.then(() => sent);
  }
}
