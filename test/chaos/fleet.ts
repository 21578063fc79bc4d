/**
 * The daemons of a run as real processes, kept at their number: what is killed or stopped is started again. What ends
 * without having been told to, or does not end when told to, and every defect that one reports, is a problem of the run.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EaselProcess } from '../support/easel.ts';
import { until } from '../support/until.ts';

export type Role = 'worker' | 'scheduler';

const START_AGAIN_MS = 1_000;
/** Both far beyond what it takes, even on a machine that has much else to do. */
const START_WITHIN_MS = 5 * 60_000;
const STOP_WITHIN_MS = 3 * 60_000;

export interface FleetOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** A file for each daemon. */
  readonly logs: string;
  readonly onProblem: (problem: string) => void;
}

/** A place in the fleet, held by one process after another. */
export class Member {
  readonly name: string;
  readonly role: Role;
  readonly #arguments: readonly string[];
  readonly #options: FleetOptions;
  readonly #living: Promise<void>;
  #daemon: EaselProcess | undefined;
  #isTold = false;
  #isFrozen = false;
  #isOver = false;
  #pauseMs = 0;

  constructor(role: Role, number: number, args: readonly string[], options: FleetOptions) {
    this.role = role;
    this.name = `${role}-${number}`;
    this.#arguments = args;
    this.#options = options;
    this.#living = this.#live();
  }

  /** Started, not told to end, not frozen. */
  get isWell(): boolean {
    return this.#hasStarted && !this.#isTold && !this.#isFrozen;
  }

  get pid(): number | undefined {
    return this.#daemon?.child.pid;
  }

  kill(pauseMs: number): void {
    this.#tell('SIGKILL', pauseMs);
  }

  /** It has its time to stop in good order, unless it is killed meanwhile; asked twice, it would stop at once. */
  stop(pauseMs: number): void {
    if (this.#isTold) return;
    const daemon = this.#daemon;
    this.#tell('SIGTERM', pauseMs);
    if (daemon !== undefined) void this.#expectEnd(daemon);
  }

  /** Answers false when `mayStay` says that it must not be frozen where it is just now. */
  async freeze(forMs: number, mayStay: (pid: number) => boolean): Promise<boolean> {
    const daemon = this.#daemon;
    if (daemon?.child.pid === undefined || !daemon.child.kill('SIGSTOP')) return false;
    this.#isFrozen = true;
    const stays = mayStay(daemon.child.pid);
    if (stays) await delay(forMs);
    daemon.child.kill('SIGCONT');
    this.#isFrozen = false;
    return stays;
  }

  /** For good. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.stop(0);
    await this.#living;
  }

  get #hasStarted(): boolean {
    return this.#daemon?.stderr.includes('_started"') === true && this.#daemon.child.exitCode === null;
  }

  #tell(signal: NodeJS.Signals, pauseMs: number): void {
    this.#isTold = true;
    this.#pauseMs = pauseMs;
    this.#daemon?.child.kill(signal);
  }

  async #live(): Promise<void> {
    while (!this.#isOver) {
      this.#isTold = false;
      this.#pauseMs = START_AGAIN_MS;
      const daemon = new EaselProcess(this.#arguments, this.#options.environment);
      this.#daemon = daemon;
      const log = join(this.#options.logs, `${this.name}.log`);
      daemon.child.stderr?.on('data', (chunk: Buffer) => appendFileSync(log, chunk));
      await daemon.ended();
      this.#judge(daemon);
      if (!this.#isOver) await delay(this.#pauseMs);
    }
  }

  #judge({ child, stderr }: EaselProcess): void {
    const lines = stderr.split('\n').filter((line) => line !== '');
    const strange = lines.filter((line) => !line.startsWith('{'));
    const defects = lines.filter((line) => line.includes('"event":"defect"'));
    for (const line of defects) this.#say(line);
    const hasStarted = stderr.includes('_started"');
    if (hasStarted ? strange.length > 0 : strange.join('\n').includes('unexpected error'))
      this.#say(`wrote ${strange.slice(0, 12).join(' | ')}`);
    const { exitCode, signalCode } = child;
    const isExpected = this.#isTold ? signalCode !== null || exitCode === 0 : !hasStarted;
    if (!isExpected) this.#say(`ended by itself, or badly, with ${signalCode ?? exitCode}`);
  }

  async #expectEnd(daemon: EaselProcess): Promise<void> {
    const ended = await Promise.race([
      daemon.ended().then(() => true),
      delay(STOP_WITHIN_MS, false, { ref: false }),
    ]);
    if (ended) return;
    this.#say(`did not stop within ${STOP_WITHIN_MS / 1_000} s`);
    daemon.child.kill('SIGKILL');
  }

  #say(problem: string): void {
    this.#options.onProblem(`${this.name}: ${problem}`);
  }
}

export class Fleet {
  readonly members: readonly Member[];

  constructor(options: FleetOptions, size: { schedulers: number; workers: number; slots: number }) {
    const make = (role: Role, count: number, args: readonly string[]) =>
      Array.from({ length: count }, (_, at) => new Member(role, at + 1, args, options));
    this.members = [
      ...make('scheduler', size.schedulers, ['schedule-waiting']),
      ...make('worker', size.workers, ['work', '--slots', String(size.slots)]),
    ];
  }

  async started(): Promise<void> {
    await until(() => this.members.every(({ isWell }) => isWell), {
      timeoutMs: START_WITHIN_MS,
      message: 'the daemons to start',
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()));
  }
}
