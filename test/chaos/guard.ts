/**
 * Outlives a run, however that ends, and clears up after it: when its input ends, every process that has its home in the
 * run's directory is killed, and the directory is removed, unless the last word was `keep`. Usage: node guard.ts DIRECTORY
 */
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { processesBelow, signal } from './processes.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('the directory of the run is missing');
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
const lastWord = await text(process.stdin).catch(() => '');
for (let left = processesBelow(directory); left.length > 0; left = processesBelow(directory)) {
  for (const pid of left) signal(pid, 'SIGKILL');
  await delay(20);
}
if (!lastWord.endsWith('keep')) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
