/** One soak in one installation: jobs one after another, a few at a time, and samples of the daemons' memory beside them. */
import { setTimeout as delay } from 'node:timers/promises';
import { submit } from '../../core/actions/submit.ts';
import { reading } from '../../core/db/transaction.ts';
import { ENDED } from '../../core/model/states.ts';
import { readCounts } from '../../core/store/counts.ts';
import type { BenchInstallation } from '../bench/installation.ts';
import { soakJob, WORK_PER_CHAIN } from './jobs.ts';
import { collect, readOwn, type Sample } from './memory.ts';

const JOBS_AT_ONCE = 3;
const CHAINS_PER_JOB = 1_000;
const SAMPLE_MS = 1_000;
const COLLECTIONS = 20;
const WORK_TYPES = new Set(['null', 'error', 'command']);
const HOT = ['ready_tasks', 'queue_entries', 'wanted', 'publications', 'count_deltas', 'timers'] as const;

export interface Soaked {
  readonly tasks: number;
  readonly seconds: number;
  /** By role. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Rows of the hot tables when everything has ended. */
  readonly left: ReadonlyMap<string, number>;
}

/** @param snapshots the directory in which the daemons leave theirs */
export async function soak(bench: BenchInstallation, tasks: number, snapshots: string): Promise<Soaked> {
  const begun = performance.now();
  const pids = await readPids(bench);
  const samples = new Map([...pids.keys()].map((role): [string, Sample[]] => [role, []]));
  const jobs: number[] = [];
  let unsubmitted = Math.ceil(tasks / WORK_PER_CHAIN);
  let nextCollection = 0;
  for (let done = 0; unsubmitted > 0 || (await runningJobs(bench)) > 0; ) {
    for (let room = JOBS_AT_ONCE - (await runningJobs(bench)); room > 0 && unsubmitted > 0; room--) {
      const chains = Math.min(CHAINS_PER_JOB, unsubmitted);
      jobs.push(await submitOne(bench, jobs.length + 1, chains));
      unsubmitted -= chains;
    }
    await delay(SAMPLE_MS);
    if (bench.problems.length > 0) throw new Error(bench.problems.slice(0, 5).join('\n'));
    done = await countEnded(bench, jobs);
    const isDue = done >= nextCollection;
    if (isDue) nextCollection = done + tasks / COLLECTIONS;
    for (const [role, pid] of pids) {
      const live = isDue ? await collect(pid, snapshots) : undefined;
      samples.get(role)?.push({ tasks: done, own: readOwn(pid), live });
    }
  }
  const seconds = (performance.now() - begun) / 1_000;
  return { tasks: await countEnded(bench, jobs), seconds, samples, left: await countLeft(bench) };
}

/** As the processes themselves say: what was started may be a launcher. */
async function readPids({ parts }: BenchInstallation): Promise<Map<string, number>> {
  const rows = await parts.database.kysely
    .selectFrom('processes')
    .select(['role', 'pid'])
    .where('ended_at', 'is', null)
    .execute();
  return new Map(rows.map(({ role, pid }) => [role, pid]));
}

async function submitOne({ parts }: BenchInstallation, number: number, chains: number): Promise<number> {
  const text = JSON.stringify(soakJob(number, chains));
  return (await submit(parts, { text, fileName: 'soak.json' }, 'soak')).jobId;
}

async function runningJobs({ parts }: BenchInstallation): Promise<number> {
  const rows = await parts.database.kysely
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'running')
    .execute();
  return rows.length;
}

async function countEnded({ parts }: BenchInstallation, jobs: readonly number[]): Promise<number> {
  const counts = await readCounts(reading(parts.database), jobs);
  const ended = counts.filter(({ type, state }) => WORK_TYPES.has(type) && ENDED.includes(state));
  return ended.filter(({ state }) => state !== 'not_taken').reduce((sum, { tasks }) => sum + tasks, 0);
}

/** Public names and folded counts follow in their own time. */
async function countLeft({ parts }: BenchInstallation): Promise<Map<string, number>> {
  const left = new Map<string, number>();
  for (const deadline = performance.now() + 30_000; ; await delay(SAMPLE_MS)) {
    for (const table of HOT) {
      const { rows } = await parts.database.kysely
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow();
      left.set(table, Number(rows));
    }
    if (performance.now() > deadline || [...left.values()].every((rows) => rows === 0)) return left;
  }
}
