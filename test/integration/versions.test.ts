/** Programs and databases of different versions, and settings that cannot work: who refuses, who notices, what it says. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeSettings, createDaemons, type Daemons } from '../support/daemons.ts';
import { createMysqlDatabase, forEachDatabase, type TestDatabase } from '../support/databases.ts';
import { runEasel } from '../support/easel.ts';
import { program } from '../support/engine.ts';
import { createNewerEasel, type NewerEasel } from '../support/newer-easel.ts';
import { until } from '../support/until.ts';

const DAEMONS = [['schedule-waiting'], ['work', '--slots', '1'], ['standalone', '--slots', '1']];

let newer: NewerEasel;
beforeAll(() => {
  newer = createNewerEasel();
});
afterAll(() => newer.remove());

forEachDatabase('a schema that is changed', ({ create }) => {
  let database: TestDatabase;
  let daemons: Daemons;
  beforeEach(async () => {
    database = await create();
    daemons = await createDaemons({ databaseUrl: database.url, settings: { drain_seconds: 0.5 } });
  });
  afterEach(async () => {
    await daemons.close();
    await database.drop();
  });

  const runNewer = (args: readonly string[]) => runEasel(args, { EASEL_HOME: daemons.home }, newer.launcher);

  test('ends the daemons that run, cleanly, and no program of another version starts', async () => {
    const early = await Promise.all(DAEMONS.map((args) => runNewer(args)));
    for (const { code, stderr } of early) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/needs 9999: run `easel init-schema`/);
    }
    const running = [await daemons.startScheduler(), await daemons.startWorker(1)];
    const jobId = await daemons.submitHere({ task_list: [program(['sleep', '60'], { name: 'long' })] });
    const isRunning = async () => (await daemons.view(jobId)).states().long === 'running';
    await until(isRunning, { message: 'the task to run', timeoutMs: 60_000 });
    expect((await runNewer(['init-schema'])).code).toBe(0);
    for (const daemon of running) {
      const { code, stderr } = await daemon.ended();
      expect(code).toBe(1);
      expect(stderr).toContain('"event":"schema_changed"');
      expect(stderr).toMatch(/(scheduler|worker)_stopped/);
      expect(stderr).toMatch(/^easel: .*version 9999.*this program is older than the database: install/m);
    }
    expect(await isRunning()).toBe(false); // it was given back
    for (const { code, stderr } of await Promise.all(DAEMONS.map((args) => daemons.easel(args)))) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/version 9999.*this program is older/);
    }
  }, 400_000);
});

describe('settings that cannot work', () => {
  let database: TestDatabase;
  let daemons: Daemons;
  beforeAll(async () => {
    database = await createMysqlDatabase();
    daemons = await createDaemons({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await daemons.close();
    await database.drop();
  });

  test.each(DAEMONS)(
    '%s does not start with a lease that two failed renewals would lose',
    async (...args) => {
      changeSettings(daemons.home, { lease_seconds: 60, renew_seconds: 21 });
      const ended = await daemons.easel(args);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/renew_seconds \(21\) must be at most a third of lease_seconds \(60\)/);
    },
  );
});
