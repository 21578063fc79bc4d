/**
 * Pruning in a loop, of everything, at once, while a scheduler and a worker run jobs that read what earlier ones made,
 * by name and by glob, make it anew, and fail and are tried again: no job may end otherwise than it would have.
 */
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transact } from '../../core/db/transaction.ts';
import { prune } from '../../core/store/pruning/prune.ts';
import { reopen } from '../../core/store/reopening.ts';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, openEngine, program } from '../support/engine.ts';
import { until } from '../support/until.ts';

const ROUNDS = 6;
/** Longer than a transaction lives on a busy machine. */
const GRACE_MS = 5_000;
const TIMEOUT_MS = 240_000;
const DAY_MS = 86_400_000;

forEachDatabase('pruning while jobs run', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ create });
    await engine.startScheduler();
    await engine.startWorker({ slots: 4 });
  });
  afterAll(() => engine.close());

  /** Reads the base and the parts that the round before has made, and makes them anew. */
  const round = (number: number) => ({
    task_list: [
      program(
        [
          '/bin/sh',
          '-c',
          'sleep 0.1; echo $(($(cat "$1") + 1)) > "$2"',
          'sh',
          '{inputs.base}',
          '{outputs.next}',
        ],
        {
          name: 'count',
          inputs: { base: 'live/base' },
          outputs: { next: `live/next${number}` },
        },
      ),
      program(
        [
          '/bin/sh',
          '-c',
          'n=$1; shift; sleep 0.1; cat "$@" | wc -l > "$n"',
          'sh',
          '{outputs.lines}',
          '{inputs.parts}',
        ],
        {
          inputs: { parts: 'live/part_*' },
          outputs: { lines: `live/lines${number}` },
        },
      ),
      program(
        [
          '/bin/sh',
          '-c',
          'if [ -e "$1" ]; then cat "$2" > "$3"; else : > "$1"; echo no; exit 1; fi',
          'sh',
          `${engine.home}/tried${number}`,
          '{inputs.next}',
          '{outputs.base}',
        ],
        {
          name: 'copy',
          inputs: { next: `live/next${number}` },
          outputs: { base: 'live/copy' },
        },
      ),
    ],
  });

  test('nothing that they need is touched', { timeout: TIMEOUT_MS }, async () => {
    await engine.run(base(0));
    const stop = new AbortController();
    const pruned = { versions: 0, attempts: 0, logs: 0, jobs: 0, rounds: 0 };
    const retention = { jobs: 0.5, versions: 0, attempts: 0, logs: 0, orphans: 0, processes: 0, audit: 0 };
    const wish = { retention, dryRun: false, stop: stop.signal, graceMs: GRACE_MS };
    const loop = (async () => {
      while (!stop.signal.aborted) {
        const here = await prune(engine.database, engine.installation.areas, wish);
        for (const kind of ['versions', 'attempts', 'logs', 'jobs'] as const)
          pruned[kind] += here[kind].count;
        pruned.rounds++;
      }
    })();
    try {
      for (let number = 1; number <= ROUNDS; number++) await oneRound(number);
      await until(() => pruned.versions > 0 && pruned.jobs > 0, {
        timeoutMs: 60_000,
        message: () => JSON.stringify(pruned),
      });
    } finally {
      stop.abort();
      await loop;
    }
    expect(engine.defects()).toEqual([]);
    expect(readFileSync(engine.outputPath('live/copy'), 'utf8').trim()).toMatch(/^[67]$/);
  });

  async function oneRound(number: number): Promise<void> {
    const job = await engine.submit(round(number));
    const parallel = await engine.submit(base(number));
    await ended(job, 'failed'); // the copy, as intended
    await transact(engine.database, (trx) => reopen(trx, job));
    await ended(job, 'succeeded');
    await ended(parallel, 'succeeded');
    expect(readFileSync(engine.outputPath(`live/lines${number}`), 'utf8').trim()).toBe('3');
    // as if these jobs had ended a day ago: then they go
    await sql`update jobs set ended_at = ended_at - ${DAY_MS} where id in (${job}, ${parallel})`.execute(
      engine.kysely,
    );
  }

  /** Replaces what the round reads while it reads it. */
  const base = (number: number) => ({
    task_list: [
      program(['/bin/sh', '-c', `echo ${number} > "$1"`, 'sh', '{outputs.b}'], {
        outputs: { b: 'live/base' },
      }),
      ...[1, 2, 3].map((part) =>
        program(['/bin/sh', '-c', 'echo part > "$1"', 'sh', '{outputs.p}'], {
          outputs: { p: `live/part_${part}` },
        }),
      ),
    ],
  });

  async function ended(job: number, state: string): Promise<void> {
    await until(async () => (await engine.jobState(job)) !== 'running', {
      timeoutMs: 60_000,
      message: `job ${job} to end`,
    });
    const view = await engine.view(job);
    const bad = view.tasks.filter(
      (task) => task.state === 'failed' && task.name !== 'copy' && task.kind === 'work',
    );
    expect([view.state, bad.map(({ reason }) => reason)]).toEqual([state, []]);
  }
});
