/** Waiting for a condition instead of for a time. */
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 5;
const defaultTimeoutMs = 10_000;

export interface UntilOptions {
  timeoutMs?: number;
  /** What was waited for, as the end of the sentence "waited 10 s for ..."; a function is asked only on failure. */
  message?: string | (() => string);
}

/** Polls until the condition holds, and answers its first value that is neither false, null nor undefined. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = defaultTimeoutMs, message = 'a condition' }: UntilOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (isMet(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(
        `waited ${timeoutMs / 1000} s for ${typeof message === 'string' ? message : message()}`,
      );
    }
    await delay(pollMs);
  }
}

function isMet<T>(value: T): value is Exclude<T, false | null | undefined> {
  return value !== false && value !== null && value !== undefined;
}
