/**
 * What every command needs and none should read for itself: argv's global options, the environment, the terminal,
 * signals. Made once, by the composition root.
 */
import type { Command } from 'commander';
import type { OpenOptions } from '../db/open.ts';
import { outlastOpening } from '../db/outage.ts';
import { type Installation, openInstallation } from '../installation.ts';
import { watchInstallation } from '../installation-watch.ts';
import type { Queue } from '../queue/queue.ts';
import { showAlive } from '../runtime/alive.ts';
import { type Emit, stderrEvents } from '../runtime/events.ts';
import { loadSettings, type Settings, type SettingsOverrides } from '../runtime/settings.ts';

export interface DaemonParts {
  readonly installation: Installation;
  readonly queue: Queue;
  readonly emit: Emit;
  /** Aborted when somebody stops it, or when the installation has changed so that it cannot go on. */
  readonly stop: AbortSignal;
}

type DaemonWork = (parts: DaemonParts) => Promise<void>;

/** Until the signal is aborted. */
export async function untilStopped(stop: AbortSignal): Promise<void> {
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}

const SAME_SIGNAL_MS = 500;

export class CommandContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly #process: NodeJS.Process;

  constructor(process: NodeJS.Process) {
    this.environment = process.env;
    this.#process = process;
  }

  addGlobalOptions(program: Command): void {
    program
      .option('--home <directory>', 'where settings, the embedded database and the areas are (EASEL_HOME)')
      .option(
        '--database-url <url>',
        'mysql://user:password@host:port/database or sqlite:PATH (EASEL_DATABASE_URL)',
      )
      .option('--queue-url <url>', 'amqp://user:password@host:port/vhost (EASEL_QUEUE_URL)')
      .option('--input-area <directory>', 'files that people bring (EASEL_INPUT_AREA)')
      .option('--output-area <directory>', 'where products appear (EASEL_OUTPUT_AREA)');
  }

  settings(command: Command): Settings {
    const { home, databaseUrl, queueUrl, inputArea, outputArea } =
      command.optsWithGlobals<Record<string, string>>();
    const flags: SettingsOverrides = {
      home,
      database_url: databaseUrl,
      queue_url: queueUrl,
      input_area: inputArea,
      output_area: outputArea,
    };
    return loadSettings(flags, this.environment);
  }

  async open(command: Command, options: OpenOptions): Promise<Installation> {
    return await openInstallation(this.settings(command), options);
  }

  /**
   * Runs a daemon until it is asked to stop. Unlike a command it waits for a database that is away: after a power cut
   * everything starts at once. Asked to stop while it waits, it ends well.
   */
  async runDaemon(command: Command, options: OpenOptions, work: DaemonWork): Promise<void> {
    const stop = this.stopSignal();
    const { emit } = this;
    const endSigns = showAlive(this.environment.EASEL_ALIVE_FILE);
    try {
      const open = async () => {
        const installation = await this.open(command, options);
        const watch = await watchInstallation(installation, emit).catch(async (error: unknown) => {
          await installation.database.close();
          throw error;
        });
        return { installation, watch };
      };
      const { installation, watch } = await outlastOpening({ emit, signal: stop }, open);
      try {
        const end = AbortSignal.any([stop, watch.outdated]);
        await work({ installation, queue: watch.queue, emit, stop: end });
      } finally {
        await watch.close();
        await installation.database.close();
      }
      watch.outdated.throwIfAborted();
    } catch (error) {
      if (!stop.aborted || !(error instanceof Error && 'code' in error)) throw error;
    } finally {
      endSigns();
    }
  }

  /** Opens, works, closes. Whoever looks or mends in the wrong folder is told so: only what brings work makes a database. */
  async using<T>(
    command: Command,
    work: (installation: Installation) => Promise<T>,
    options: OpenOptions = {},
  ): Promise<T> {
    const installation = await this.open(command, { connections: 2, mustExist: true, ...options });
    try {
      return await work(installation);
    } finally {
      await installation.database.close();
    }
  }

  /** Events of daemons, on stderr. */
  get emit(): Emit {
    const wantsJson =
      this.environment.EASEL_LOG === 'json' ||
      (this.environment.EASEL_LOG !== 'text' && !this.#process.stderr.isTTY);
    return stderrEvents(wantsJson ? 'json' : 'text');
  }

  print(text: string): void {
    this.#process.stdout.write(`${text}\n`);
  }

  printJson(data: unknown): void {
    this.print(JSON.stringify(data, null, 2));
  }

  /** Something is worth saying but is not the answer. */
  remark(text: string): void {
    this.#process.stderr.write(`${text}\n`);
  }

  /**
   * Aborted by the first SIGINT or SIGTERM; another ends the process at once. A signal that follows on the heels of
   * the first is the same one, delivered to the process and to its group.
   */
  stopSignal(): AbortSignal {
    const stop = new AbortController();
    let stoppedAt = 0;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      this.#process.on(name, () => {
        if (stop.signal.aborted && performance.now() - stoppedAt > SAME_SIGNAL_MS) {
          this.#process.exit(name === 'SIGINT' ? 130 : 143);
        }
        stoppedAt ||= performance.now();
        stop.abort();
      });
    }
    return stop.signal;
  }

  /** The outcome of the command, when it is not an error to be explained. */
  fail(): void {
    this.#process.exitCode = 1;
  }
}
