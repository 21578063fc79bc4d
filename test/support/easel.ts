/** The command `easel` as a real process: run to its end, or started as a daemon that is ended with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const ourLauncher = fileURLToPath(new URL('../../scripts/easel.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class EaselProcess {
  readonly child: ChildProcess;
  readonly #exit: Promise<number | null>;
  stdout = '';
  stderr = '';

  /** @param launcher of another version of Easel */
  constructor(args: readonly string[], environment: NodeJS.ProcessEnv, launcher = ourLauncher) {
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, [launcher, ...args], {
      env: { PATH, HOME, EASEL_LOG: 'json', ...environment },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#exit = once(this.child, 'close').then(([code]: unknown[]) =>
      typeof code === 'number' ? code : null,
    );
  }

  async ended(): Promise<Ended> {
    const code = await this.#exit;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** Waits until it has said so on stderr. */
  async says(event: string, timeoutMs = 90_000): Promise<void> {
    await until(() => this.stderr.includes(event), {
      timeoutMs,
      message: () => `"${event}"; it said: ${this.stderr}${this.stdout}`,
    });
  }

  /** Asks it to stop, and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return await this.ended();
  }
}

export async function runEasel(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  launcher?: string,
): Promise<Ended> {
  return await new EaselProcess(args, environment, launcher).ended();
}
