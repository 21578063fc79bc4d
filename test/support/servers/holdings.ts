/**
 * What the keeper holds for a run: each thing is entered together with the way to let go of it, and all are let go of in reverse
 * order. Letting go goes on past an error, and answers what went wrong. What is entered after the end, by a search that was still
 * under way, is let go of at once.
 */

export interface Holdings {
  /** Enters a thing; `describe` names it in the message when it cannot be let go of. */
  add(describe: string, release: () => Promise<void>): void;
  /** One line for the person who watches the run. */
  say(line: string): void;
  releaseAll(): Promise<string[]>;
}

export function createHoldings(say: (line: string) => void): Holdings {
  const held: { describe: string; release: () => Promise<void> }[] = [];
  let isOver = false;
  return {
    add(describe, release) {
      held.push({ describe, release });
      if (!isOver) return;
      void this.releaseAll();
      throw new Error('the run is over');
    },
    say,
    async releaseAll() {
      isOver = true;
      const problems: string[] = [];
      for (let last = held.pop(); last !== undefined; last = held.pop()) {
        try {
          await last.release();
        } catch (error) {
          problems.push(`${last.describe}: ${messageOf(error)}`);
        }
      }
      return problems;
    },
  };
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error.message;
}

/** Settles as `promise` does, or fails after `timeoutMs`. */
export async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  const { promise: expiry, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${what}: no answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
