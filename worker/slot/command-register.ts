/**
 * Which command runs now, for those who may have to end it: the lifeline (shared memory) and the slot (a message).
 * It is marked before it starts, so that there is no instant at which a running command is unknown.
 */

import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the lifeline reads while a command has no number yet; otherwise its process group, or 0 for none. */
export const COMMAND_STARTS = -1;

export class CommandRegister {
  readonly #group = new Int32Array(new SharedArrayBuffer(4));
  readonly #tell: (pid: number) => void;

  constructor(tell: (pid: number) => void) {
    this.#tell = tell;
  }

  /** Starts the thread that kills the command and this process when the supervisor dies. */
  watch(): void {
    const entry = join(import.meta.dirname, `lifeline${extname(import.meta.filename)}`);
    new Worker(entry, { workerData: { commandGroup: this.#group }, env: {} }).unref();
  }

  starting(): void {
    Atomics.store(this.#group, 0, COMMAND_STARTS);
  }

  started(pid: number): void {
    this.#set(pid);
  }

  ended(): void {
    this.#set(0);
  }

  #set(pid: number): void {
    Atomics.store(this.#group, 0, pid);
    Atomics.notify(this.#group, 0);
    this.#tell(pid);
  }
}
