/** When the jobs of a seeded installation ran, and how each went: most well, one after the other; the last ones run now. */
import type { Fate } from './model.ts';
import { RECIPES, type Recipe, type RecipeMaker } from './recipes.ts';

const DAY_MS = 86_400_000;
const LONGEST_TASK_MS = 20_000;
const RUNNING_SHARE = 0.05;
const LEAST_RUNNING = 3;
/** Of its time, what a job takes of those that work. */
const BUSY = 0.6;
/** One of all recipes, how each may go, and three that run. */
const LEAST_JOBS = 9;

export interface PlannedJob {
  readonly recipe: Recipe;
  readonly fate: Fate;
  /** In proportion to the whole time: when it was submitted, and when it should have ended. */
  readonly from: number;
  readonly to: number;
}

export function planJobs(jobs: number, tasksPerJob: number): PlannedJob[] {
  if (jobs < LEAST_JOBS) throw new RangeError(`a seed has ${LEAST_JOBS} jobs at least`);
  const running = Math.max(LEAST_RUNNING, Math.round(jobs * RUNNING_SHARE));
  const ended = jobs - running;
  return Array.from({ length: jobs }, (_, at) => ({
    recipe: makerOf(at, ended)(tasksPerJob, at + 1),
    fate:
      at < ended
        ? { end: endOf(at), share: 0.6 }
        : { end: 'running', share: 0.25 + 0.5 * ((at - ended) / running) },
    from: (0.96 * at) / ended,
    to: (0.96 * (at + 1)) / ended,
  }));
}

const RUN: readonly RecipeMaker[] = [RECIPES.survey, RECIPES.sweep, RECIPES.refine];
const ENDED: readonly RecipeMaker[] = [RECIPES.survey, RECIPES.sweep, RECIPES.survey, RECIPES.refine];

function makerOf(at: number, ended: number): RecipeMaker {
  if (at >= ended) return RUN[(at - ended) % RUN.length] ?? RECIPES.survey;
  return at === 1 ? RECIPES.hostile : (ENDED[at % ENDED.length] ?? RECIPES.survey);
}

function endOf(at: number): 'succeeded' | 'failed' | 'cancelled' {
  if (at % 9 === 2 || at % 9 === 6) return 'failed';
  return at % 9 === 4 ? 'cancelled' : 'succeeded';
}

/** How long all of it took: as long as the tasks need, three days at least. */
export function historyMs(plans: readonly PlannedJob[], slots: number): number {
  const work = plans.reduce((sum, { recipe }) => sum + recipe.work, 0);
  return Math.max(3 * DAY_MS, (work * LONGEST_TASK_MS) / slots / BUSY);
}

/** How long a task of weight 1 takes, for the job to be over in time. */
export function taskMs(work: number, slots: number, time: number): number {
  return Math.max(1, Math.min(LONGEST_TASK_MS, (Math.max(0, time) * BUSY * slots) / work));
}
