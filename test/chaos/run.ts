/**
 * One run: daemons, load and faults side by side for so many minutes; then no more faults, all jobs come to their end, and
 * everything is judged. A run with problems leaves its directory to be looked at.
 */
import type { Combination } from '../bench/combination.ts';
import { Adversary } from './adversary.ts';
import { Dice } from './dice.ts';
import { Fleet } from './fleet.ts';
import { type Ground, openGround } from './ground.ts';
import { judgeScratch, judgeTables } from './leftovers.ts';
import { Load } from './load.ts';
import { type Report, readFigures, tailOf } from './report.ts';
import { settle } from './settle.ts';
import { judgeJobs } from './verdict.ts';

const SIZE = { schedulers: 2, workers: 3, slots: 4 };
/** Generous: as long as something moves, it may be the machine that is slow. */
const SETTLE_AT_LEAST_MS = 15 * 60_000;
const LOAD_STREAM = 1;
const FAULT_STREAM = 2;

export interface RunOptions {
  readonly combination: Combination;
  readonly minutes: number;
  readonly seed: number;
  /** No faults: what goes wrong then is wrong with the run itself. */
  readonly calm?: boolean;
  readonly say: (line: string) => void;
}

export async function runChaos(options: RunOptions): Promise<Report> {
  const ground = await openGround(options.combination, options.say);
  let report: Report | undefined;
  try {
    report = await runOn(ground, options);
    return report;
  } finally {
    await ground.leave(report === undefined || report.problems.length > 0);
  }
}

async function runOn(
  ground: Ground,
  { combination, minutes, seed, calm = false, say }: RunOptions,
): Promise<Report> {
  const problems: string[] = [];
  const onProblem = (problem: string) => void problems.push(problem);
  const fleet = new Fleet({ environment: ground.environment, logs: ground.logs, onProblem }, SIZE);
  const load = new Load(ground, new Dice(seed, LOAD_STREAM), onProblem);
  const adversary = new Adversary({ ground, fleet, load }, new Dice(seed, FAULT_STREAM));
  await fleet.started();
  const startedAt = performance.now();
  const time = AbortSignal.timeout(minutes * 60_000);
  await Promise.all([load.flow(time), calm ? undefined : adversary.rage(time)]);
  say('no more faults: waiting for the jobs to end');
  const calmAt = performance.now();
  problems.push(...(await settle(ground, Math.max(SETTLE_AT_LEAST_MS, minutes * 60_000))));
  const endedAt = performance.now();
  say('all has ended: judging');
  problems.push(...(await judgeTables(ground)));
  await fleet.end();
  problems.push(...(await judgeScratch(ground)));
  problems.push(...(await judgeJobs(ground, load.submitted.values())));
  const figures = await readFigures(ground);
  return {
    ...{ combination, seed, minutes, problems, ...figures },
    settledAfterMs: endedAt - calmAt,
    tasksPerSecond: (figures.tasks * 1_000) / (endedAt - startedAt),
    faults: adversary.struck,
    directory: problems.length > 0 ? ground.directory : undefined,
    lastFaults: tailOf(adversary.file),
  };
}
