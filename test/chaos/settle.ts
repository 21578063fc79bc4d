/** Waiting for the end of all jobs, once the faults are over. That nothing moves for long is a failure, and is explained. */
import { setTimeout as delay } from 'node:timers/promises';
import { ENDED } from '../../core/model/states.ts';
import { runEasel } from '../support/easel.ts';
import type { Ground } from './ground.ts';

const LOOK_MS = 250;
const STILL_AT_MOST_MS = 90_000;
const EXPLAINED = 5;

/** Answers what is wrong: nothing, when all jobs have ended. */
export async function settle(ground: Ground, withinMs: number): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  let seen = '';
  let movedAt = performance.now();
  for (;;) {
    const { running, place } = await look(ground);
    if (running === 0) return [];
    const now = performance.now();
    if (place !== seen) movedAt = now;
    seen = place;
    if (now - movedAt > STILL_AT_MOST_MS)
      return [`nothing has moved for ${STILL_AT_MOST_MS / 1_000} s`, ...(await explain(ground))];
    if (now > deadline)
      return [`jobs have not ended ${withinMs / 1_000} s after the last fault`, ...(await explain(ground))];
    await delay(LOOK_MS);
  }
}

/** `place` changes with every task that moves and every attempt that is made. */
async function look({ installation }: Ground): Promise<{ running: number; place: string }> {
  const { kysely } = installation.database;
  const jobs = await kysely.selectFrom('jobs').select('id').where('state', '=', 'running').execute();
  const states = await kysely
    .selectFrom('tasks')
    .select((row) => [
      'state',
      row.fn.countAll<number>().as('tasks'),
      row.fn.sum<number>('attempts').as('tries'),
    ])
    .groupBy('state')
    .orderBy('state')
    .execute();
  return { running: jobs.length, place: JSON.stringify([jobs.length, states]) };
}

async function explain({ installation, environment }: Ground): Promise<string[]> {
  const stuck = await installation.database.kysely
    .selectFrom('tasks')
    .select(['id', 'state', 'job_id', 'kind'])
    .where('state', 'not in', ENDED)
    .orderBy('id', 'desc')
    .limit(EXPLAINED)
    .execute();
  const words: string[] = [];
  for (const { id, state, job_id, kind } of stuck) {
    const { stdout, stderr } = await runEasel(['why', String(id)], environment);
    words.push(`task ${id} of job ${job_id} (${kind}) is ${state}: ${stdout}${stderr}`.trim());
  }
  return words;
}
