/**
 * The stream of jobs: submitted one after the other for as long as the run lasts, some by the command that people use, which
 * may be killed, the others from this process. A submission that fails is repeated, so that a job may exist more often than
 * was answered, but never less often.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { submit } from '../../core/actions/submit.ts';
import { EaselProcess } from '../support/easel.ts';
import type { Dice } from './dice.ts';
import type { Ground } from './ground.ts';
import type { ChaosJob, Shape } from './job.ts';
import { FILE_SHAPES } from './jobs-files.ts';
import { FLOW_SHAPES } from './jobs-flow.ts';
import { RANDOM_SHAPES } from './jobs-random.ts';
import { SLOW_SHAPES } from './jobs-slow.ts';

const SHAPES: readonly Shape[] = [...FILE_SHAPES, ...FLOW_SHAPES, ...SLOW_SHAPES, ...RANDOM_SHAPES];
const OPEN_AT_MOST = 12;
const AGAIN_AFTER_MS = 500;
const TWICE = 0.15;
const BY_COMMAND = 0.25;
const PAUSE_MS = 300;

/** `unknown`: the database was away, or the command was killed. Anything else is what went wrong. */
type Answer = 'accepted' | 'unknown' | (string & {});

export interface Submitted {
  readonly job: ChaosJob;
  /** How often a submission of it was answered with its number. */
  accepted: number;
}

export class Load {
  readonly submitted = new Map<string, Submitted>();
  readonly #ground: Ground;
  readonly #dice: Dice;
  readonly #onProblem: (problem: string) => void;
  #submission: EaselProcess | undefined;

  constructor(ground: Ground, dice: Dice, onProblem: (problem: string) => void) {
    this.#ground = ground;
    this.#dice = dice;
    this.#onProblem = onProblem;
  }

  /** Resolves when the last submission has been answered. */
  async flow(signal: AbortSignal): Promise<void> {
    for (let number = 1; !signal.aborted; number++) {
      const entry = this.#next(number);
      this.submitted.set(entry.job.name, entry);
      this.#bring(entry.job);
      do await delay(PAUSE_MS);
      while (!signal.aborted && (await this.#isFull()));
      const byCommand = this.#dice.chance(BY_COMMAND);
      while (!signal.aborted && !(await this.#submit(entry, byCommand))) await delay(AGAIN_AFTER_MS);
    }
  }

  #bring({ brings = [] }: ChaosJob): void {
    for (const address of brings) {
      const file = join(this.#ground.installation.areas.input, address);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'brought\n');
    }
  }

  killSubmission(): boolean {
    return this.#submission?.child.kill('SIGKILL') === true;
  }

  /** Now and then one that was submitted before. */
  #next(number: number): Submitted {
    const before = [...this.submitted.values()];
    if (this.#dice.chance(TWICE) && before.length > 0) {
      const again = before[this.#dice.below(before.length)];
      if (again !== undefined) return again;
    }
    const shape = this.#dice.weighted(SHAPES);
    const name = `${String(number).padStart(4, '0')} ${shape.name}`.replaceAll(' ', '_');
    return { job: shape.make(name, this.#dice), accepted: 0 };
  }

  async #submit(entry: Submitted, byCommand: boolean): Promise<boolean> {
    const answer = await (byCommand ? this.#command(entry.job) : this.#call(entry.job));
    if (answer === 'accepted') entry.accepted++;
    else if (answer !== 'unknown') this.#onProblem(`submission of ${entry.job.name}: ${answer}`);
    return answer !== 'unknown';
  }

  async #command({ name, text }: ChaosJob): Promise<Answer> {
    const { home, environment } = this.#ground;
    const file = join(home, `${name}.json`);
    writeFileSync(file, text);
    this.#submission = new EaselProcess(['submit', '--tasks', file, '--json'], environment);
    const { code, stderr } = await this.#submission.ended();
    this.#submission = undefined;
    if (code === 0) return 'accepted';
    return /\$\.|unexpected error/.test(stderr) ? stderr : 'unknown';
  }

  async #call({ name, text }: ChaosJob): Promise<Answer> {
    const { throughProxies } = this.#ground;
    const { dialect } = throughProxies.database;
    try {
      await submit(throughProxies, { text, fileName: name }, 'chaos');
      return 'accepted';
    } catch (error) {
      if (dialect.isOutage(error) || dialect.isContention(error)) return 'unknown';
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  /** While the database is away nobody knows; then submitting shows. */
  async #isFull(): Promise<boolean> {
    try {
      const { kysely } = this.#ground.installation.database;
      const running = await kysely.selectFrom('jobs').select('id').where('state', '=', 'running').execute();
      return running.length >= OPEN_AT_MOST;
    } catch {
      return false;
    }
  }
}
