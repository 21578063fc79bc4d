/**
 * How fast the pages and calls of the dashboard are with a million tasks in a hundred jobs, while a hundred browsers listen: each
 * by the dashboard's own list, the worst first.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { migrate } from '../../../core/db/migrate.ts';
import { openDatabase } from '../../../core/db/open.ts';
import { writeLightCurve } from '../../../core/light-curve/write-light-curve.ts';
import { type Areas, versionsDirectory } from '../../../core/runtime/areas.ts';
import { loadSettings } from '../../../core/runtime/settings.ts';
import { makeCurve } from '../../support/seed/files.ts';
import { seedInstallation } from '../../support/seed/seed.ts';
import { Audience, fetchPage } from '../browsers.ts';
import { type Call, listCalls } from '../calls.ts';
import { Daemon } from '../daemon.ts';
import { quantile } from '../quantile.ts';
import type { Figure } from '../scenario.ts';

const TARGET_MS = 100;
const OVERVIEW_TARGET_MS = 50;
const SAMPLES = 100_000;
const DAY_MS = 86_400_000;
const FULL = { jobs: 100, tasksPerJob: 10_700, rounds: 45, browsers: 100 };
const SMOKE = { jobs: 9, tasksPerJob: 150, rounds: 2, browsers: 6 };

export interface DashboardPlace {
  readonly databaseUrl: string;
  readonly home: string;
  readonly say: (line: string) => void;
}

export async function measureDashboard(place: DashboardPlace, isSmoke: boolean): Promise<Figure[]> {
  const { databaseUrl, home, say } = place;
  const sizes = isSmoke ? SMOKE : FULL;
  const database = await openDatabase(databaseUrl, { statementTimeoutMs: 600_000 });
  const begun = performance.now();
  await migrate(database);
  const landmarks = await seedInstallation(database, { ...sizes, seed: 1, holdMs: DAY_MS }).finally(() =>
    database.close(),
  );
  const seconds = (performance.now() - begun) / 1_000;
  say(`${landmarks.tasks} tasks were seeded in ${seconds.toFixed(0)} s`);
  await writeCurve(home, landmarks.product.file);
  const web = await startWeb(databaseUrl, home);
  try {
    const calls = await listCalls(web.url, landmarks);
    const audience = await Audience.gather(web.url, livePages(calls), sizes.browsers);
    const figures = await measureCalls(calls, sizes.rounds);
    audience.leave();
    if (audience.lost > 0)
      throw new Error(`${audience.lost} streams of ${sizes.browsers} ended by themselves`);
    if (web.problems.length > 0) throw new Error(web.problems.slice(0, 5).join('\n'));
    say(`${audience.events} news came to ${sizes.browsers} browsers meanwhile`);
    return [{ name: `seeding ${landmarks.tasks} tasks`, value: seconds, unit: 's' }, ...figures];
  } finally {
    await web.stop();
  }
}

/** One of the versions can be looked at. */
async function writeCurve(home: string, file: string): Promise<void> {
  const path = join(versionsDirectory(areasOf(home)), file);
  mkdirSync(dirname(path), { recursive: true });
  await writeLightCurve(path, makeCurve(SAMPLES));
}

function areasOf(home: string): Areas {
  const { input_area: input, output_area: output } = loadSettings({ home }, {});
  return { input, output };
}

async function startWeb(databaseUrl: string, home: string): Promise<Daemon & { readonly url: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    EASEL_HOME: home,
    EASEL_DATABASE_URL: databaseUrl,
  };
  const web = await Daemon.start(['web', '--port', '0'], { env, startedEvent: 'web_started' });
  return Object.assign(web, { url: String(web.started.url) });
}

const LIVE = ['/', '/overview', '/jobs', '/jobs/{job}', '/tasks/{task}', '/queue'];

/** The pages that people leave open. */
function livePages(calls: readonly Call[]): string[] {
  return calls
    .filter(({ name }) => LIVE.includes(name))
    .map(({ url }) => new URL(url))
    .map(({ pathname, search }) => `${pathname}${search}`);
}

/** In turn, so that whatever else the machine does meets all alike; the first round warms the process. */
async function measureCalls(calls: readonly Call[], rounds: number): Promise<Figure[]> {
  const times = new Map<Call, number[]>(calls.map((call) => [call, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const call of calls) {
      const { status, ms, text } = await fetchPage(call.url, call.accept);
      if (status !== 200)
        throw new Error(`${call.name} answers ${status} at ${call.url}: ${text.slice(0, 300)}`);
      if (round > 0) times.get(call)?.push(ms);
    }
  }
  return [...times].map(([call, own]) => figureOf(call, own)).sort((a, b) => b.value - a.value);
}

function figureOf({ name }: Call, times: readonly number[]): Figure {
  const [median, worst] = [quantile(times, 0.5), Math.max(...times)].map((ms) => ms.toFixed(1));
  const atMost = /overview$|^(api )?\/$/.test(name) ? OVERVIEW_TARGET_MS : TARGET_MS;
  return {
    name: `${name} p95 (p50 ${median}, max ${worst})`,
    value: quantile(times, 0.95),
    unit: 'ms',
    target: { atMost },
  };
}
