/**
 * An installation of Easel for the bench: prepared by the commands, run by one scheduler and one worker with ten slots in
 * processes of their own, and warm, since daemons live long. All times are read from the database's clock: a job lasts from its
 * submission to its last commit.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { submit } from '../../core/actions/submit.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import type { Combination } from './combination.ts';
import { Daemon, launcher } from './daemon.ts';
import { type Floors, measureFloors } from './floors.ts';
import type { Places } from './places.ts';

const runFile = promisify(execFile);
const SLOTS = 10;
const LOOK_MS = 20;

export interface FinishedJob {
  readonly id: number;
  readonly elapsedMs: number;
  readonly tasksPerSecond: number;
}

export interface AttemptTimes {
  readonly position: number;
  readonly submittedAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

export class BenchInstallation {
  readonly combination: Combination;
  readonly #installation: Installation;
  readonly #floorUrl: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #daemons: Daemon[] = [];

  private constructor(
    combination: Combination,
    installation: Installation,
    { floorUrl, env }: { floorUrl: string; env: NodeJS.ProcessEnv },
  ) {
    this.combination = combination;
    this.#installation = installation;
    this.#floorUrl = floorUrl;
    this.#env = env;
  }

  static async open(combination: Combination, places: Places): Promise<BenchInstallation> {
    const home = places.newDirectory();
    const url = await places.newDatabase(combination.database);
    const floorUrl = await places.newDatabase(combination.database);
    const broker = combination.queue === 'amqp' ? { EASEL_QUEUE_URL: await places.newVhost() } : {};
    const env = { ...withoutSettings(process.env), EASEL_HOME: home, EASEL_DATABASE_URL: url, ...broker };
    await runFile(process.execPath, [launcher, 'init-schema'], { env });
    await runFile(process.execPath, [launcher, 'init-queues', '--queue-implementation', combination.queue], {
      env,
    });
    const bench = new BenchInstallation(
      combination,
      await openInstallation(loadSettings({}, env), { connections: 2 }),
      { floorUrl, env },
    );
    try {
      bench.#daemons.push(
        await Daemon.start(['schedule-waiting'], { env, startedEvent: 'scheduler_started' }),
      );
      const work = ['work', '--slots', String(SLOTS)];
      bench.#daemons.push(await Daemon.start(work, { env, startedEvent: 'worker_started' }));
    } catch (error) {
      await bench.close();
      throw error;
    }
    return bench;
  }

  /** The dashboard, beside the others until the end. Answers its address. */
  async startWeb(): Promise<string> {
    const web = await Daemon.start(['web', '--port', '0'], { env: this.#env, startedEvent: 'web_started' });
    this.#daemons.push(web);
    return String(web.started.url);
  }

  /** The bare database on the same server or disk, beside daemons that have nothing to do. */
  async measureFloors(spanMs: number): Promise<Floors> {
    return await measureFloors(this.#floorUrl, spanMs);
  }

  /**
   * Submits a job and waits for its end. Throws unless it succeeded with as many work tasks as expected, and nothing went wrong
   * in a daemon meanwhile.
   */
  async run(job: object, { tasks, withinMs }: { tasks: number; withinMs: number }): Promise<FinishedJob> {
    const submission = { text: JSON.stringify(job), fileName: 'bench.json' };
    const { jobId } = await submit(this.#installation, submission, 'bench');
    for (const deadline = performance.now() + withinMs; ; ) {
      const { state, submitted_at, ended_at } = await this.#readJob(jobId);
      this.#refuseProblems();
      if (state === 'succeeded' && ended_at !== null) {
        await this.#checkTasks(jobId, tasks);
        const elapsedMs = ended_at - submitted_at;
        return { id: jobId, elapsedMs, tasksPerSecond: (tasks * 1_000) / elapsedMs };
      }
      if (state !== 'running') throw new Error(`the job ended as ${state}`);
      if (performance.now() > deadline)
        throw new Error(`the job was not finished after ${withinMs / 1_000} s`);
      await delay(LOOK_MS);
    }
  }

  /** Of the work tasks of a finished job, in the order in which they started. */
  async attemptTimes(jobId: number): Promise<AttemptTimes[]> {
    const rows = await this.#installation.database.kysely
      .selectFrom('attempts')
      .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
      .innerJoin('jobs', 'jobs.id', 'attempts.job_id')
      .select(['tasks.position', 'jobs.submitted_at', 'attempts.started_at', 'attempts.ended_at'])
      .where('attempts.job_id', '=', jobId)
      .orderBy('attempts.started_at')
      .orderBy('attempts.id')
      .execute();
    return rows.map(({ position, submitted_at, started_at, ended_at }) => {
      if (started_at === null || ended_at === null)
        throw new Error('an attempt of a finished job has not ended');
      return { position, submittedAt: submitted_at, startedAt: started_at, endedAt: ended_at };
    });
  }

  get parts(): Installation {
    return this.#installation;
  }

  /** What went wrong in the daemons so far. */
  get problems(): string[] {
    return this.#daemons.flatMap((daemon) => daemon.problems);
  }

  get schedulerPeakMemory(): number | undefined {
    return this.#daemons[0]?.peakMemory;
  }

  async close(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
    await this.#installation.database.close();
  }

  async #readJob(jobId: number) {
    return await this.#installation.database.kysely
      .selectFrom('jobs')
      .select(['state', 'submitted_at', 'ended_at'])
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
  }

  async #checkTasks(jobId: number, expected: number): Promise<void> {
    const { done } = await this.#installation.database.kysely
      .selectFrom('tasks')
      .select(({ fn }) => fn.countAll<number>().as('done'))
      .where('job_id', '=', jobId)
      .where('kind', '=', 'work')
      .where('state', '=', 'done')
      .executeTakeFirstOrThrow();
    if (done !== expected) throw new Error(`${done} work tasks were done, not ${expected}`);
  }

  #refuseProblems(): void {
    const { problems } = this;
    if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
  }
}

/** The bench is not to work in the installation of whoever runs it. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('EASEL_')));
}
