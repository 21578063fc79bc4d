/**
 * A daemon's sign of life for the health check of its container (scripts/healthy.js): a file whose time is now. It says that the
 * process still takes its turns, and nothing about database or broker: to restart a daemon that waits for these helps nobody.
 */
import { writeFileSync } from 'node:fs';

const EVERY_MS = 15_000;

/** Answers what ends the signs. Without a file nobody looks. */
export function showAlive(file: string | undefined): () => void {
  if (file === undefined || file === '') return () => undefined;
  const sign = () => writeFileSync(file, String(process.pid));
  sign();
  const timer = setInterval(() => {
    try {
      sign();
    } catch {
      // The check finds the last one too old, and says so.
    }
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
