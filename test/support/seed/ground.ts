/** What the whole of a seed shares: its options, ids, clock, processes, and where its rows go. */
import type { Database } from '../../../core/db/open.ts';
import { reading, transact } from '../../../core/db/transaction.ts';
import { seededRandom } from '../../../core/model/random.ts';
import type { Areas } from '../../../core/runtime/areas.ts';
import { readNow } from '../../../core/store/clock.ts';
import { Ids, type NextId, nextJobId } from '../../../core/store/ids.ts';
import { linkedFiles, noFiles, type SeedFiles } from './files.ts';
import { Survey } from './landmarks.ts';
import { historyMs, type PlannedJob, planJobs } from './schedule.ts';
import { Sink } from './sink.ts';
import { SLOTS_IN_ALL, type Staff, staffRows } from './staff.ts';
import { Tally } from './tally.ts';

export interface SeedOptions {
  /** Nine at least. */
  readonly jobs: number;
  /** About as many; flow tasks count, too. */
  readonly tasksPerJob: number;
  readonly seed: number;
  /** Each version gets its file there, a link to one of a few: for small seeds. Without it, versions are rows only. */
  readonly areas?: Areas;
  /** Of each light curve. */
  readonly samples?: number;
  /** How long from now what runs is held by its workers, and these appear alive; a minute unless given. */
  readonly holdMs?: number;
  /** All that has not ended is paused: a scheduler that is started there leaves it alone. */
  readonly pauseAll?: boolean;
  /** Of its workers and work tasks; `default` unless given: workers of another class leave these alone. */
  readonly workerClass?: string;
}

export interface Ground {
  readonly sink: Sink;
  readonly random: () => number;
  readonly nextId: NextId;
  readonly files: SeedFiles;
  readonly tally: Tally;
  readonly survey: Survey;
  readonly staff: Staff;
  readonly jobIds: readonly number[];
  readonly plans: readonly PlannedJob[];
  readonly now: number;
  readonly from: number;
  readonly holdMs: number;
  readonly workerClass: string;
  readonly pausedTypes: ReadonlySet<string>;
}

const IDS_PER_TASK = 7;
const SPARE_IDS = 20_000;
const LEASE_MS = 60_000;

export async function prepareGround(database: Database, options: SeedOptions): Promise<Ground> {
  const { jobs, tasksPerJob, seed, areas, samples = 2_000, holdMs = LEASE_MS } = options;
  const { workerClass = 'default' } = options;
  const random = seededRandom(seed);
  const plans = planJobs(jobs, tasksPerJob);
  const nextId = await takeIds(database, IDS_PER_TASK * jobs * tasksPerJob + SPARE_IDS);
  const jobIds = await takeJobIds(database, jobs);
  const files = areas === undefined ? noFiles(random) : await linkedFiles(areas, samples);
  const now = await readNow(reading(database));
  const sink = new Sink(database);
  const common = { now, from: now - historyMs(plans, SLOTS_IN_ALL), holdMs, workerClass };
  return {
    ...{ ...common, sink, random, nextId, files, jobIds, plans, staff: staffRows(sink, nextId, common) },
    ...{ tally: new Tally(), survey: new Survey(), pausedTypes: new Set(['mask_transits']) },
  };
}

async function takeIds(database: Database, count: number): Promise<NextId> {
  return await transact(database, (trx) => new Ids(database, 1).take(trx, count));
}

async function takeJobIds(database: Database, count: number): Promise<number[]> {
  return await transact(database, async (trx) => {
    const ids: number[] = [];
    while (ids.length < count) ids.push(await nextJobId(trx));
    return ids;
  });
}
