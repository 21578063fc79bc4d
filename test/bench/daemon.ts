/**
 * A daemon of Easel as a user runs it: the launcher in a process of its own. It counts as started once it has said so, and every
 * event that tells of a defect or an outage is kept, since a figure measured beside one is worth nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../scripts/easel.js', import.meta.url));

const running = new Set<ChildProcess>();
const mishaps = new Set(['defect', 'outage', 'attempts_lost', 'lease_lost']);

/** For when this process itself is told to end at once. */
export function killDaemons(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Daemon {
  readonly problems: string[] = [];
  /** What the event told that says that it is at work. */
  started: Readonly<Record<string, unknown>> = {};
  readonly #child: ChildProcess;
  #isStopping = false;

  private constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(launcher, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(this.#child);
    this.#child.once('exit', (code, signal) => {
      running.delete(this.#child);
      if (!this.#isStopping) this.problems.push(`easel ${args.join(' ')} ended with ${signal ?? code}`);
    });
  }

  /** @param startedEvent the event that says that it is at work */
  static async start(
    args: readonly string[],
    { env, startedEvent }: { env: NodeJS.ProcessEnv; startedEvent: string },
  ): Promise<Daemon> {
    const daemon = new Daemon(args, { ...env, EASEL_LOG: 'json' });
    await daemon.#follow(startedEvent);
    return daemon;
  }

  /** The most memory that the process has held, in bytes. Linux only: elsewhere undefined. */
  get peakMemory(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'),
    )?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (!running.has(this.#child)) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #follow(startedEvent: string): Promise<void> {
    const { stderr } = this.#child;
    if (stderr === null) throw new Error('the daemon has no stderr');
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', () => reject(new Error(this.problems.join('\n'))));
      createInterface({ input: stderr }).on('line', (line) => {
        const { event, ...details } = eventOf(line);
        if (event === startedEvent) {
          this.started = details;
          resolve();
        }
        if (event === undefined || mishaps.has(event)) this.problems.push(line);
      });
    });
  }
}

/** Nothing for a line that is no event, such as Node's own last words. */
function eventOf(line: string): { readonly event?: string; readonly [detail: string]: unknown } {
  try {
    return JSON.parse(line) as { event?: string };
  } catch {
    return {};
  }
}
