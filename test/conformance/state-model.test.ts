/** Random walks through the state model, step by step on a real database: what the tables say is what the model says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CompiledJobs } from '../../controller/compiled-jobs.ts';
import { seededRandom } from '../../core/model/random.ts';
import { Ids } from '../../core/store/ids.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { checkCounts } from '../support/invariants.ts';
import { Replay } from '../support/state-model/replay.ts';
import { RULES } from '../support/state-model/rules.ts';

const SEED = 20_261_121;
const WALKS = 200;
const STEPS = 40;
const bounds = { maxLost: 2, retries: 1, held: 2, hints: 2, people: true };

forEachDatabase('the state model', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ create });
  });
  afterAll(() => engine.close());

  test(`${WALKS} walks of ${STEPS} steps (seed ${SEED})`, { timeout: 900_000 }, async () => {
    const ids = new Ids(engine.database, 1_000);
    const jobs = new CompiledJobs(engine.database, engine.installation.registry);
    const seen = new Map<string, number>();
    for (let walk = 0; walk < WALKS; walk++) {
      const random = seededRandom(SEED + walk);
      const replay = new Replay({ engine, ids, jobs, setting: { rules: RULES, bounds }, random });
      try {
        const { jobId } = await replay.run(STEPS);
        await checkCounts(engine.installation, jobId);
      } catch (error) {
        throw new Error(`walk ${walk} (seed ${SEED + walk}):\n  ${replay.names.join('\n  ')}`, {
          cause: error,
        });
      }
      for (const name of replay.names.map((each) => each.replace(/ \d /, ' ')))
        seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    for (const name of NEEDED) expect([name, seen.get(name) ?? 0]).toEqual([name, expect.toSatisfy(isOften)]);
  });
});

const isOften = (count: number) => count >= 5;

/** Steps that the walks must have taken, or they show little. */
const NEEDED = [
  ...['scheduler dispatches', 'worker claims', 'worker gets a hint', 'worker commits', 'reaper reaps'],
  ...[
    'worker commits, and the answer is lost',
    'worker gives back what it has stopped',
    'the lease runs out',
  ],
  ...['empty-queue takes the entry', 'empty-queue takes it from the line', 'reschedule-unfinished'],
  ...['worker is killed, and another is started', 'worker renews its leases', 'a retry is due'],
  ...['cancel, while it runs', 'cancel, while it is queued', 'cancel, while it waits'],
];
