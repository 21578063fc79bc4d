/**
 * The test runner's end of the keeper: starts it, waits for its servers, and lets it go. Also used by the tests of the finder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServerAccess } from './access.ts';

const keeper = fileURLToPath(new URL('keeper.ts', import.meta.url));

interface Message {
  say?: string;
  ready?: ServerAccess;
  failed?: string;
  left?: string[];
}

export interface HeldServers {
  access: ServerAccess;
  keeperPid: number;
  /** Stops and removes everything; answers what could not be removed. */
  release(): Promise<string[]>;
}

/** Finds servers, telling each step to `say`; throws with the keeper's explanation when there are none. */
export async function holdServers(
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<HeldServers> {
  // A session of its own: Ctrl-C in the terminal reaches the runner only, and the keeper sees the end of its input.
  const child = spawn(process.execPath, [keeper], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env,
  });
  const closed = once(child, 'close');
  let left: string[] = [];
  const access = await new Promise<ServerAccess>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if (message.say !== undefined) say(message.say);
      if (message.ready !== undefined) resolve(message.ready);
      if (message.failed !== undefined) reject(new Error(message.failed));
      if (message.left !== undefined) left = message.left;
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the keeper of the test servers ended with code ${code}`)));
  });
  return {
    access,
    keeperPid: child.pid ?? 0,
    async release() {
      child.stdin.end();
      await closed;
      return left;
    },
  };
}
