/**
 * The commands of the demo: `easel` as a person would type it, in processes of their own, on one home with the embedded
 * database. Whatever the person has configured elsewhere is left out, so that a demo never reaches a shared database.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { EaselError } from '../../core/model/errors.ts';

const launcher = fileURLToPath(new URL('../easel.js', import.meta.url));
const SHOWN_LINES = 20;

export interface Place {
  readonly home: string;
  readonly databaseUrl: string;
}

/** Runs a command that prints JSON, and answers what it printed. Throws EaselError when it failed. */
export async function readJson(place: Place, args: readonly string[]): Promise<unknown> {
  const child = start(place, [...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const printed = child.stdout === null ? '' : await text(child.stdout);
  await ended;
  if (child.exitCode !== 0) throw new EaselError('unavailable', `\`easel ${args.join(' ')}\` failed`);
  return JSON.parse(printed);
}

/** Runs a command on this terminal until it ends; stops it when `stop` is aborted. */
export async function show(place: Place, args: readonly string[], stop: AbortSignal): Promise<void> {
  const child = start(place, args, { stdio: 'inherit' });
  const end = () => child.kill('SIGTERM');
  stop.addEventListener('abort', end);
  if (stop.aborted) end();
  await once(child, 'close');
  stop.removeEventListener('abort', end);
}

export interface Standalone {
  /** Rejected when it ends without having been asked to. */
  readonly lost: Promise<never>;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Started when its first worker says so. It has a process group of its own: Ctrl-C reaches the demo alone, which then
 * stops it in good order, so that nothing waits for a lease to run out. Throws EaselError, with its last lines,
 * when it ends before.
 */
export async function startStandalone(place: Place): Promise<Standalone> {
  const child = start(place, ['standalone'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const lines: string[] = [];
  const closed = once(child, 'close');
  const lost = closed.then(([code, signal]): never => {
    throw new EaselError(
      'unavailable',
      [`\`easel standalone\` has ended by itself (${signal ?? `exit status ${code}`}):`, ...lines].join('\n'),
    );
  });
  const started = new Promise<void>((resolve) => {
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > SHOWN_LINES) lines.shift();
      if (line.includes('"event":"worker_started"')) resolve();
    });
  });
  await Promise.race([started, lost]);
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
  };
  lost.catch(() => undefined); // the end that was asked for is no loss
  return { lost, stop };
}

function start({ home, databaseUrl }: Place, args: readonly string[], options: SpawnOptions): ChildProcess {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('EASEL_'));
  const argv = [launcher, '--home', home, '--database-url', databaseUrl, ...args];
  return spawn(process.execPath, argv, {
    ...options,
    env: { ...Object.fromEntries(own), EASEL_LOG: 'json' },
  });
}
