/**
 * The process that finds and holds the servers of a test run, for as long as its standard input stays open. It lives apart from
 * the test runner so that the end of the run, be it orderly, by Ctrl-C or by kill -9, always looks the same from here: the input
 * ends, and everything that was started or made is stopped and removed. It can also be run by hand: `node keeper.ts` holds a pair of servers until Ctrl-D.
 * It writes one JSON object per line: {say}, then {ready} or {failed}, and {left} for what could not be removed.
 */
import { createRunPrefix } from './access.ts';
import { createHoldings, messageOf } from './holdings.ts';
import { findServers } from './search.ts';

const holdings = createHoldings((line) => write({ say: line }));
let isReleasing = false;

process.stdin.resume();
process.stdin.once('end', () => void finish(0));
process.stdin.once('error', () => void finish(0));
// A reader that died before us must not end the clean-up half way.
process.stdout.on('error', () => undefined);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void finish(0));

try {
  write({ ready: await findServers(holdings, createRunPrefix()) });
} catch (error) {
  write({ failed: messageOf(error) });
  await finish(1);
}

async function finish(code: number): Promise<void> {
  if (isReleasing) return;
  isReleasing = true;
  const problems = await holdings.releaseAll();
  if (problems.length > 0) write({ left: problems });
  process.exit(problems.length > 0 ? 1 : code);
}

function write(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
