/** How far a command has come that goes through many rows: on a terminal one line of stderr, drawn again and again. */

import type { OnRows } from '../store/saving/format.ts';
import { formatCount } from '../words/format.ts';

const EVERY_MS = 100;

export class RowProgress {
  readonly #verb: string;
  #drawnAt = 0;
  #isDrawn = false;

  /** @param verb `saving` */
  constructor(verb: string) {
    this.#verb = verb;
  }

  readonly show: OnRows = (table, rows) => {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#drawnAt < EVERY_MS) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    process.stderr.write(`\r\u001b[K${this.#verb}: ${table}, ${formatCount(rows)} rows`);
  };

  /** The line is free for others. */
  end(): void {
    if (this.#isDrawn) process.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}
