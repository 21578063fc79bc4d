/**
 * Peak memory of a command: the sum of the peaks of its processes, looked at often in the first instants, when
 * short programs live, and four times a second later. A process that lives between two looks is missed.
 */
import { readChildren, readPeakBytes } from './process-table.ts';

const FIRST_DELAYS_MS = [5, 5, 10, 20];
const LATER_DELAY_MS = 250;
const MAX_PROCESSES = 256;

export class MemorySampler {
  readonly #root: number;
  #peak = 0;
  #samples = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(root: number) {
    this.#root = root;
    if (root > 0 && process.platform === 'linux') this.#sample();
  }

  /** Undefined when the command was never seen. */
  get peakBytes(): number | undefined {
    return this.#peak === 0 ? undefined : this.#peak;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #sample(): void {
    const tree = listTree(this.#root);
    const sum = tree.reduce((total, pid) => total + (readPeakBytes(pid) ?? 0), 0);
    this.#peak = Math.max(this.#peak, sum);
    const delayMs = FIRST_DELAYS_MS[this.#samples++] ?? LATER_DELAY_MS;
    this.#timer = setTimeout(() => this.#sample(), delayMs);
  }
}

function listTree(root: number): number[] {
  const tree = [root];
  for (let next = 0; next < tree.length && tree.length < MAX_PROCESSES; next++) {
    tree.push(...readChildren(tree[next] ?? 0));
  }
  return tree;
}
