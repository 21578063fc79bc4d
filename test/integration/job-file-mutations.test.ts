/**
 * Job files that went wrong, through `submit`: one that is refused leaves every table as it was, down to the next id; one
 * that is accepted is expanded and ends, without a defect, and the invariants of ended jobs hold.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submit } from '../../core/actions/submit.ts';
import { JobFileError } from '../../core/job-file/job-file.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, openEngine } from '../support/engine.ts';
import { type MadeFile, makeFile, makeTameFile } from '../support/job-file-mutations.ts';

const SEED = 20_261_121;
const FILES = 1_000;
const TAME_FILES = 200;
const RUN_AT_MOST = 60;

forEachDatabase('job files that went wrong', ({ create, kind }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ create });
  });
  afterAll(() => engine.close());

  const limits = { max_loop_count: 20 };
  const submitFile = ({ text, fileName }: MadeFile) => {
    const { settings } = engine.installation;
    const bounded = { ...settings, limits: { ...settings.limits, ...limits } };
    return submit({ ...engine.installation, settings: bounded }, { text, fileName }, 'tester');
  };

  async function tableNames(): Promise<string[]> {
    const tables = await engine.kysely.introspection.getTables();
    return tables.map(({ name }) => name).sort();
  }

  /** A digest of all that is stored. */
  async function everything(names: readonly string[]): Promise<string> {
    const hash = createHash('sha256');
    for (const name of names) {
      const { rows } = await sql`select * from ${sql.table(name)}`.execute(engine.kysely);
      hash.update(`${name} ${JSON.stringify(rows)}\n`);
    }
    return hash.digest('hex');
  }

  test(`what is refused stores nothing (from seed ${SEED})`, { timeout: 300_000 }, async () => {
    const names = await tableNames();
    expect(names).toContain('ready_tasks');
    let before = await everything(names);
    let refused = 0;
    for (let seed = SEED; seed < SEED + FILES; seed++) {
      const file = makeFile(seed);
      try {
        await submitFile(file);
        before = await everything(names);
      } catch (error) {
        if (!(error instanceof JobFileError))
          throw new Error(`seed ${seed}:\n${file.text}`, { cause: error });
        refused++;
        if (refused % 20 === 0) expect([seed, await everything(names)]).toEqual([seed, before]);
      }
    }
    expect(await everything(names)).toBe(before);
    expect(refused).toBeGreaterThan(FILES / 4);
    for (const table of ['jobs', 'scopes', 'tasks', 'ready_tasks', 'count_deltas'] as const)
      await engine.kysely.deleteFrom(table).execute();
  });

  test(`what is accepted ends (from seed ${SEED})`, { timeout: 300_000 }, async () => {
    await engine.startScheduler();
    await engine.startWorker();
    const jobs: { seed: number; id: number; text: string }[] = [];
    for (let seed = SEED; seed < SEED + TAME_FILES && jobs.length < RUN_AT_MOST; seed++) {
      const file = makeTameFile(seed);
      try {
        jobs.push({ seed, id: (await submitFile(file)).jobId, text: file.text });
      } catch (error) {
        if (!(error instanceof JobFileError))
          throw new Error(`seed ${seed}:\n${file.text}`, { cause: error });
      }
    }
    expect(jobs.length).toBeGreaterThan(30);
    for (const { seed, id, text } of jobs) {
      try {
        await engine.end(id, 240_000);
      } catch (error) {
        throw new Error(`seed ${seed}, ${kind}:\n${text}`, { cause: error });
      }
    }
    expect(engine.defects()).toEqual([]);
  });
});
