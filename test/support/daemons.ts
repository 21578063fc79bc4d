/** An installation whose schedulers and workers are real processes, in a home of its own; all of them end with it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { submit } from '../../core/actions/submit.ts';
import { reading } from '../../core/db/transaction.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { readCounts } from '../../core/store/counts.ts';
import { EaselProcess, type Ended, runEasel } from './easel.ts';
import { checkInvariants } from './invariants.ts';
import { type JobView, readJobView } from './job-view.ts';
import { until } from './until.ts';

export interface DaemonsOptions {
  readonly databaseUrl: string;
  /** Without it, the SQL queue. */
  readonly queueUrl?: string;
  readonly settings?: object;
}

export class Daemons {
  readonly home: string;
  readonly installation: Installation;
  readonly started: EaselProcess[] = [];

  constructor(home: string, installation: Installation) {
    this.home = home;
    this.installation = installation;
  }

  get database() {
    return this.installation.database;
  }

  get kysely() {
    return this.installation.database.kysely;
  }

  easel(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return runEasel(args, { EASEL_HOME: this.home, ...environment });
  }

  /** Throws unless it succeeds. */
  async must(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const ended = await this.easel(args, environment);
    if (ended.code !== 0) throw new Error(`easel ${args.join(' ')}: ${ended.stderr}`);
    return ended;
  }

  /** Not waited for. */
  spawn(args: readonly string[], environment: NodeJS.ProcessEnv = {}): EaselProcess {
    const daemon = new EaselProcess(args, { EASEL_HOME: this.home, ...environment });
    this.started.push(daemon);
    return daemon;
  }

  async startScheduler(environment: NodeJS.ProcessEnv = {}): Promise<EaselProcess> {
    const scheduler = this.spawn(['schedule-waiting'], environment);
    await scheduler.says('scheduler_started', 90_000);
    return scheduler;
  }

  async startWorker(slots = 4, environment: NodeJS.ProcessEnv = {}): Promise<EaselProcess> {
    const worker = this.spawn(['work', '--slots', String(slots)], environment);
    await worker.says('worker_started', 90_000);
    return worker;
  }

  async submit(job: object, environment: NodeJS.ProcessEnv = {}): Promise<number> {
    const file = join(this.home, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const { stdout } = await this.must(['submit', '--tasks', file, '--json'], environment);
    return Number(/\d+/.exec(stdout)?.[0]);
  }

  /** Without a process for the command. */
  async submitHere(job: object): Promise<number> {
    const submission = { text: JSON.stringify(job), fileName: 'job.json' };
    const { jobId } = await submit(this.installation, submission, 'tester');
    return jobId;
  }

  view(jobId: number): Promise<JobView> {
    return readJobView(this.database, jobId);
  }

  /** How many of its tasks are done. */
  async done(jobId: number): Promise<number> {
    const counts = await readCounts(reading(this.database), [jobId]);
    return counts.reduce((sum, { state, tasks }) => sum + (state === 'done' ? tasks : 0), 0);
  }

  /** Waits until the job has ended, and checks the invariants. */
  async end(jobId: number, timeoutMs = 90_000): Promise<JobView> {
    const isRunning = async () => {
      const query = this.kysely.selectFrom('jobs').select('state').where('id', '=', jobId);
      return (await query.executeTakeFirstOrThrow()).state === 'running';
    };
    await until(async () => !(await isRunning()), {
      timeoutMs,
      message: () =>
        `job ${jobId} to end; ${this.started.map(({ stderr }) => stderr.slice(-2_000)).join('\n')}`,
    });
    await checkInvariants(this.installation, jobId);
    return await this.view(jobId);
  }

  async close(): Promise<void> {
    const running = this.started.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.map((daemon) => daemon.ended()));
    await this.database.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export async function createDaemons({ databaseUrl, queueUrl, settings }: DaemonsOptions): Promise<Daemons> {
  const home = mkdtempSync(join(tmpdir(), 'easel_daemons_'));
  const env = { EASEL_HOME: home, EASEL_DATABASE_URL: databaseUrl, EASEL_QUEUE_URL: queueUrl };
  const kind = queueUrl === undefined ? 'sql' : 'amqp';
  for (const args of [['init-schema'], ['init-queues', '--queue-implementation', kind]]) {
    const { code, stderr } = await runEasel(args, env);
    if (code !== 0) throw new Error(`easel ${args.join(' ')}: ${stderr}`);
  }
  changeSettings(home, settings ?? {});
  return new Daemons(home, await openInstallation(loadSettings({ home }, {}), { connections: 2 }));
}

/** Adds to the settings file of a home, or makes one. */
export function changeSettings(home: string, values: object): void {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'settings.yaml');
  writeFileSync(file, stringify({ ...readSettings(file), ...values }));
}

function readSettings(file: string): object {
  try {
    return parse(readFileSync(file, 'utf8')) as object;
  } catch {
    return {};
  }
}
