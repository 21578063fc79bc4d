/**
 * Fills a database with an installation that has long been at work: rows as the engine leaves them, the same for the same seed
 * but for the clock. Nothing of the engine takes part, so a million tasks take about a minute; that the rows are what the
 * engine would have left is for the doctor to say (test/integration/seed.test.ts). The database has been migrated before.
 */
import type { Database } from '../../../core/db/open.ts';
import { reading } from '../../../core/db/transaction.ts';
import { type Dict, isDict, parseJson, toJson } from '../../../core/model/values.ts';
import { Course } from './course.ts';
import { type Ground, prepareGround, type SeedOptions } from './ground.ts';
import { jobRows } from './job-rows.ts';
import type { Landmarks } from './landmarks.ts';
import type { SeedTask } from './model.ts';
import { recordRows } from './records.ts';
import { type PlannedJob, taskMs } from './schedule.ts';
import { Slots } from './slots.ts';
import { slotsOf } from './staff.ts';
import { Walk } from './walk.ts';

/** Of the attempts that succeeded, those that have written to their log. */
const LOG_SHARE = 0.05;
/** Between the last end of an attempt and now. */
const MOMENT_MS = 300;
const PERSON = 'ada';

export async function seedInstallation(database: Database, options: SeedOptions): Promise<Landmarks> {
  const ground = await prepareGround(database, options);
  const { sink, tally, plans, survey, jobIds, now, from, staff } = ground;
  const middle = from + (now - from) / 2;
  const past = [new Slots(slotsOf(staff.stopped), from), new Slots(slotsOf(staff.alive), middle)] as const;
  const running = plans.filter(({ fate }) => fate.end === 'running').length;
  for (const [at, plan] of plans.entries()) {
    const isPast = plan.fate.end !== 'running';
    const slots = isPast ? past[plan.to < 0.5 ? 0 : 1] : partOf(staff.alive, plans.length - at - 1, running);
    addJob(ground, { at, plan, slots });
    tally.writeJob(sink, at < plans.length - 1);
    await sink.flush();
  }
  if (past[1].lastFree > now) throw new Error('the past of this seed reaches into the future');
  const open = jobIds.slice(plans.length - running);
  const pausedJobs = options.pauseAll === true ? open : open.slice(-1);
  recordRows(sink, { ...ground, standing: survey.standing, pausedJobs });
  tally.writeAll(sink);
  await sink.end();
  return await survey.end(reading(database), staff, pausedJobs[0] ?? 0);
}

/** Jobs that run share the slots that there are now, each from the beginning of a time of its own. */
function partOf(workers: readonly number[], part: number, parts: number): Slots {
  return new Slots(
    slotsOf(workers).filter((_, slot) => slot % parts === part),
    0,
  );
}

interface Place {
  readonly at: number;
  readonly plan: PlannedJob;
  readonly slots: Slots;
}

function addJob(ground: Ground, { at, plan, slots }: Place): void {
  const { random, nextId, now, from, survey } = ground;
  const { recipe, fate } = plan;
  const id = ground.jobIds[at] ?? 0;
  const isPast = fate.end !== 'running';
  const spanMs = now - from;
  const submittedAt = isPast ? Math.floor(Math.max(from + spanMs * plan.from, slots.firstFree)) : 0;
  const timeMs = isPast ? from + spanMs * plan.to - submittedAt : 0.02 * spanMs;
  const course = new Course({
    ...{ fate, work: recipe.work, slots, random, nextId },
    ...{
      taskMs: taskMs(recipe.work, slots.count, timeMs),
      cancelReason: `cancelled by ${PERSON} with easel cancel --job ${id}`,
    },
  });
  const text = toJson(parseJson(JSON.stringify(recipe.job)));
  const walk = new Walk(parseDict(text), { course, random, nextId, rounds: recipe.rounds, submittedAt });
  const head = { name: recipe.job.job_name, priority: at % 5 === 4 ? 5 : 0, definition: text, submittedAt };
  const talkative = survey.choose(walk.tasks);
  jobRows(ground.sink, walk, {
    ...{ ...ground, job: { id, ...head }, offsetMs: isPast ? 0 : now - slots.lastFree - MOMENT_MS },
    ...{ logShare: LOG_SHARE, isTalkative: (task: SeedTask) => task === talkative },
  });
  survey.see(id, plan, walk.tasks);
}

function parseDict(text: string): Dict {
  const value = parseJson(text);
  if (!isDict(value)) throw new TypeError('a job file is an object');
  return value;
}
