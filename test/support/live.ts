/**
 * A seeded installation that is at work: a scheduler, a worker and the dashboard in processes of their own, and a job that goes
 * on as long as the test wants. Each of its stars waits at a gate (a named pipe, so that nothing polls); behind it come log
 * lines, a light curve and a search, and for every third star a failure. What was seeded is paused, and of another worker class.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createDaemons, type Daemons } from './daemons.ts';
import { createSqliteDatabase } from './databases.ts';
import type { EaselProcess } from './easel.ts';
import type { Landmarks } from './seed/landmarks.ts';
import { seedInstallation } from './seed/seed.ts';
import { until } from './until.ts';

const HOUR_MS = 3_600_000;
const SEED = { jobs: 12, tasksPerJob: 250, seed: 7, samples: 20_000 };

export interface LiveOptions {
  /** That its job has; each is a gate, and takes a slot while it is closed. */
  readonly stars?: number;
  readonly settings?: object;
}

export async function startLive({ stars = 6, settings = {} }: LiveOptions = {}): Promise<LiveInstallation> {
  const { url: databaseUrl, drop } = await createSqliteDatabase();
  const daemons = await createDaemons({ databaseUrl, settings });
  try {
    const { areas } = daemons.installation;
    const landmarks = await seedInstallation(daemons.database, {
      ...{ ...SEED, areas, holdMs: HOUR_MS, pauseAll: true, workerClass: 'observatory' },
    });
    await Promise.all([daemons.startScheduler(), daemons.startWorker(stars + 1)]);
    const web = await startWeb(daemons);
    const gates = makeGates(join(daemons.home, 'gates'), stars);
    const jobId = await daemons.submitHere(liveJob(gates));
    return new LiveInstallation({ daemons, landmarks, jobId, gates, drop, ...web });
  } catch (error) {
    await daemons.close();
    await drop();
    throw error;
  }
}

interface LiveParts {
  readonly daemons: Daemons;
  readonly landmarks: Landmarks;
  /** Of the dashboard. */
  readonly url: string;
  readonly web: EaselProcess;
  readonly jobId: number;
  readonly gates: readonly Gate[];
  readonly drop: () => Promise<void>;
}

export class LiveInstallation {
  readonly daemons: Daemons;
  readonly landmarks: Landmarks;
  readonly url: string;
  readonly web: EaselProcess;
  readonly jobId: number;
  readonly #closed: Gate[];
  readonly #gates: readonly Gate[];
  readonly #drop: () => Promise<void>;

  constructor({ daemons, landmarks, url, web, jobId, gates, drop }: LiveParts) {
    this.daemons = daemons;
    this.landmarks = landmarks;
    this.url = url;
    this.web = web;
    this.jobId = jobId;
    this.#gates = gates;
    this.#closed = [...gates];
    this.#drop = drop;
  }

  /** Lets the next stars go on. Whether their tasks wait at the gate already does not matter. */
  open(count = 1): void {
    for (const { pipe } of this.#closed.splice(0, count)) writeSync(pipe, 'go\n');
  }

  /** How many tasks of the job have come to such an end. */
  async count(state: 'done' | 'failed' | 'running'): Promise<number> {
    const { tasks } = await this.daemons.kysely
      .selectFrom('tasks')
      .select(({ fn }) => fn.countAll<number>().as('tasks'))
      .where('job_id', '=', this.jobId)
      .where('kind', '=', 'work')
      .where('state', '=', state)
      .executeTakeFirstOrThrow();
    return tasks;
  }

  /** Opens all gates and waits for the end of the job; its invariants are checked. */
  async finish(): Promise<void> {
    this.open(this.#closed.length);
    await this.daemons.end(this.jobId);
  }

  async close(): Promise<void> {
    for (const { pipe } of this.#gates) closeSync(pipe);
    await this.daemons.close();
    await this.#drop();
  }
}

interface Gate {
  readonly path: string;
  /** Open for reading too, so that what is written waits there for the task. */
  readonly pipe: number;
}

function makeGates(directory: string, count: number): Gate[] {
  mkdirSync(directory);
  return Array.from({ length: count }, (_, at) => {
    const path = join(directory, String(at));
    execFileSync('mkfifo', [path]);
    return { path, pipe: openSync(path, 'r+') };
  });
}

/** `easel web` on a port of its own. */
async function startWeb(daemons: Daemons): Promise<{ url: string; web: EaselProcess }> {
  const web = daemons.spawn(['web', '--port', '0']);
  await web.says('web_started');
  const url = await until(() => /"url":"(http[^"]+)"/.exec(web.stderr)?.[1], {
    message: 'the address of the dashboard',
  });
  return { url, web };
}

const filled = (text: string) => `'${text}'.format(**metadata)`;

function liveJob(gates: readonly Gate[]): object {
  const script = [
    'echo "waiting for the night of star {settings.star}"',
    'read -r _ < {settings.gate}',
    `printf '%s\\n' '{{"level": "warning", "message": "<script>alert(\\"live\\")</script> clouds"}}'`,
    'echo "the star is visible"',
  ].join('\n');
  const curve = filled('star_{star_index}.lc.gz');
  return {
    ...{ job_name: 'live: one star after the other', working_directory: 'live', retries: 0 },
    task_list: [
      {
        ...{
          task: 'execution_for_loop',
          name: 'stars',
          parameter: 'star',
          linear_range: [1, gates.length, gates.length],
        },
        task_list: [
          {
            ...{
              task: 'command',
              name: 'gate',
              shell: true,
              command: script,
              star: "(metadata['star_index'])",
            },
            gate: `(${JSON.stringify(gates.map(({ path }) => path))}[metadata['star_index']])`,
          },
          {
            ...{ task: 'execution_conditional', name: 'weather', requires_metadata_from: ['gate'] },
            criterion: "(metadata['star_index'] % 3 == 1)",
            task_list: [{ task: 'error', name: 'storm', message: 'the dome is closed: <b>storm</b>' }],
            else_task_list: [
              {
                ...{ task: 'synthesis_batman', name: 'observe', outputs: { lightcurve: curve } },
                specs: { duration: 30, sampling_cadence: 1800, orbital_period: 7.7, planet_radius: 0.1 },
              },
              { task: 'transit_search_bls_reference', name: 'search', inputs: { lightcurve: curve } },
            ],
          },
        ],
      },
    ],
  };
}
