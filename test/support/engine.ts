/**
 * An installation in a temporary home, on a given database, with schedulers and workers in this process. Every job that
 * ends is checked against the invariants that must hold of any job, whatever it did: see invariants.ts.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Scheduler } from '../../controller/scheduler.ts';
import { submit } from '../../core/actions/submit.ts';
import { migrate } from '../../core/db/migrate.ts';
import { openDatabase } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import type { InstallationPolicy } from '../../core/model/policy-keys.ts';
import { openQueue } from '../../core/queue/open.ts';
import type { Queue } from '../../core/queue/queue.ts';
import type { Emit, EventDetails, EventName } from '../../core/runtime/events.ts';
import { loadSettings } from '../../core/runtime/settings.ts';
import { writeFact } from '../../core/store/installation.ts';
import { Worker } from '../../worker/worker.ts';
import type { TestDatabase } from './databases.ts';
import { checkInvariants } from './invariants.ts';
import { type JobView, readJobView } from './job-view.ts';
import { until } from './until.ts';

export interface EngineOptions {
  /** A database that is there already, and stays. */
  readonly databaseUrl?: string;
  /** Makes a database of the engine's own, which goes when it is closed. */
  readonly create?: () => Promise<TestDatabase>;
  /** Without it, the SQL queue. */
  readonly queueUrl?: string;
  readonly leaseMs?: number;
  /** Retries and time limits of the installation. */
  readonly defaults?: Partial<InstallationPolicy>;
  /** YAML text of a registry file beside the built-in one. */
  readonly taskTypes?: string;
}

interface OpenEngine extends EngineOptions {
  readonly drop?: () => Promise<void>;
}

const DEFAULT_LEASE_MS = 60_000;

export interface SeenEvent {
  readonly name: EventName;
  readonly details: EventDetails;
}

export class Engine {
  readonly installation: Installation;
  readonly home: string;
  readonly events: SeenEvent[] = [];
  readonly #options: OpenEngine;
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #closes: (() => Promise<void>)[] = [];

  constructor(installation: Installation, home: string, options: OpenEngine) {
    this.installation = installation;
    this.home = home;
    this.#options = options;
  }

  get database() {
    return this.installation.database;
  }

  get kysely() {
    return this.installation.database.kysely;
  }

  readonly #emit: Emit = (name, details) => {
    this.events.push({ name, details });
  };

  async openQueue(): Promise<Queue> {
    const kind = this.#options.queueUrl === undefined ? 'sql' : 'amqp';
    const queue = await openQueue(this.database, this.#options.queueUrl, this.#emit, kind);
    this.#closes.push(() => queue.close());
    return queue;
  }

  async #common() {
    const { leaseMs = DEFAULT_LEASE_MS, defaults } = this.#options;
    const queue = await this.openQueue();
    return {
      ...this.installation,
      queue,
      emit: this.#emit,
      leaseMs,
      renewMs: leaseMs / 4,
      defaults: { max_lost: 3, ...defaults },
    };
  }

  /** Not started: `step` by hand, or `start`; it is stopped when the engine is closed. */
  async createScheduler(): Promise<Scheduler> {
    const scheduler = new Scheduler(await this.#common());
    this.#stops.push(() => scheduler.stop());
    return scheduler;
  }

  async startScheduler(): Promise<Scheduler> {
    const scheduler = await this.createScheduler();
    await scheduler.start();
    return scheduler;
  }

  async startWorker({ slots = 8, drainMs = 5_000 } = {}): Promise<Worker> {
    const worker = new Worker({
      ...(await this.#common()),
      workerClass: 'default',
      slots,
      drainMs,
      logLines: 1_000,
      killGraceMs: 500,
    });
    this.#stops.unshift(() => worker.stop());
    await worker.start();
    return worker;
  }

  /** An object is written as JSON, which knows no 1.0: where that matters, pass the text. */
  async submit(job: object | string, set: readonly string[] = []): Promise<number> {
    const text = typeof job === 'string' ? job : JSON.stringify(job);
    const { jobId } = await submit(this.installation, { text, fileName: 'job.json', set }, 'tester');
    return jobId;
  }

  /** Submits the job, waits for its end, and checks the invariants. */
  async run(job: object | string, set: readonly string[] = []): Promise<JobView> {
    return await this.end(await this.submit(job, set));
  }

  /** Waits until the job has ended, and checks the invariants. */
  async end(jobId: number, timeoutMs = 20_000): Promise<JobView> {
    await until(async () => (await this.jobState(jobId)) !== 'running', {
      timeoutMs,
      message: () => `job ${jobId} to end; defects: ${this.defects().slice(0, 3).join('\n') || 'none'}`,
    });
    await checkInvariants(this.installation, jobId);
    return await this.view(jobId);
  }

  async jobState(jobId: number): Promise<string> {
    const row = await this.kysely
      .selectFrom('jobs')
      .select('state')
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
    return row.state;
  }

  async view(jobId: number): Promise<JobView> {
    return await readJobView(this.database, jobId);
  }

  defects(): string[] {
    return this.events
      .filter(({ name }) => name === 'defect')
      .map(({ details }) => String(details.reason).slice(0, 300));
  }

  /** A file of the input area. */
  bring(address: string, content = 'brought\n'): void {
    const path = join(this.installation.areas.input, address);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  outputPath(address: string): string {
    return join(this.installation.areas.output, address);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    for (const close of this.#closes) await close();
    await this.database.close();
    await this.#options.drop?.();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export async function openEngine(options: EngineOptions): Promise<Engine> {
  const own = await options.create?.();
  const url = own?.url ?? options.databaseUrl;
  if (url === undefined) throw new TypeError('an engine needs a database');
  const home = mkdtempSync(join(tmpdir(), 'easel_engine_'));
  const types = join(home, 'types.yaml');
  if (options.taskTypes !== undefined) writeFileSync(types, options.taskTypes);
  const files = options.taskTypes === undefined ? [] : [types];
  const settings = loadSettings({ home, database_url: url, task_types: files }, {});
  const database = await openDatabase(url);
  await migrate(database);
  const kind = options.queueUrl === undefined ? 'sql' : 'amqp';
  await transact(database, (trx) => writeFact(trx, 'queue', kind));
  await database.close();
  return new Engine(await openInstallation(settings), home, { ...options, ...(own && { drop: own.drop }) });
}

/** With a scheduler and a worker that run. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const engine = await openEngine(options);
  await engine.startScheduler();
  await engine.startWorker();
  return engine;
}

/** A work task that does nothing, at once. */
export function nothing(keys: Record<string, unknown> = {}): Record<string, unknown> {
  return { task: 'null', duration: 0, ...keys };
}

/** A program of the machine as a task. */
export function program(
  command: readonly string[],
  keys: Record<string, unknown> = {},
): Record<string, unknown> {
  return { task: 'command', command, ...keys };
}
