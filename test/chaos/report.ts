/** What a run has to say for itself: what it did, what it met, and whether everything held. */
import { existsSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { type Combination, nameOf } from '../bench/combination.ts';
import type { Ground } from './ground.ts';

export interface Figures {
  readonly jobs: number;
  readonly tasks: number;
  readonly attemptsLost: number;
}

export interface Report extends Figures {
  readonly combination: Combination;
  readonly seed: number;
  /** With faults; without the wait for the last jobs to end. */
  readonly minutes: number;
  readonly settledAfterMs: number;
  readonly tasksPerSecond: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
  /** Where it all lies, if it was kept. */
  readonly directory: string | undefined;
  /** The last lines of the log of faults. */
  readonly lastFaults: readonly string[];
}

const TAIL = 15;
const PROBLEMS_SHOWN = 20;
const PROBLEM_CHARACTERS = 1_500;

export async function readFigures({ installation }: Ground): Promise<Figures> {
  const { kysely } = installation.database;
  const count = async (table: 'jobs' | 'tasks') => {
    const row = await kysely.selectFrom(table).select(sql<number>`count(*)`.as('rows')).executeTakeFirst();
    return Number(row?.rows ?? 0);
  };
  const lost = await kysely.selectFrom('attempts').select('id').where('state', '=', 'lost').execute();
  return { jobs: await count('jobs'), tasks: await count('tasks'), attemptsLost: lost.length };
}

export function tailOf(file: string): string[] {
  return !existsSync(file) ? [] : readFileSync(file, 'utf8').trimEnd().split('\n').slice(-TAIL);
}

export function renderReport(report: Report): string[] {
  const { combination, seed, minutes, jobs, tasks, tasksPerSecond, faults, problems } = report;
  const kinds = [...faults].sort(([a], [b]) => a.localeCompare(b));
  const struck = kinds.reduce((sum, [, times]) => sum + times, 0);
  const head = `${nameOf(combination)}, seed ${seed}, ${minutes} min`;
  const lines = [
    `${head}: ${problems.length === 0 ? 'everything held' : `${problems.length} PROBLEMS`}`,
    `  ${jobs} jobs, ${tasks} tasks, ${tasksPerSecond.toFixed(0)} tasks/s, ${report.attemptsLost} attempts lost; the last job ended ${(report.settledAfterMs / 1_000).toFixed(1)} s after the last fault`,
    `  ${struck} faults: ${kinds.map(([name, times]) => `${name} ${times}`).join(', ')}`,
  ];
  if (problems.length === 0) return lines;
  return [
    ...lines,
    ...problems.slice(0, PROBLEMS_SHOWN).map((problem) => `  - ${problem.slice(0, PROBLEM_CHARACTERS)}`),
    '  the last faults:',
    ...report.lastFaults.map((line) => `    ${line}`),
    `  logs of the daemons, the log of faults and the installation: ${report.directory}`,
    `  again: npm run chaos -- --minutes ${minutes} --seed ${seed} --on ${nameOf(combination)}`,
  ];
}
