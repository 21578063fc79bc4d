/**
 * `npm run bench [-- --smoke] [--only SCENARIO] [--on DATABASE/QUEUE] [--json FILE]`: how fast Easel is on this machine, now.
 * A scenario that breaks fails the run; one that is slow does not, but for what the dashboard must keep to. With --smoke the sizes are the smallest that show that
 * everything works. The table goes to stdout, what is going on to stderr.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Combination, EVERYWHERE, MYSQL_AMQP, nameOf, SQLITE_SQL } from './combination.ts';
import { killDaemons } from './daemon.ts';
import { BenchInstallation } from './installation.ts';
import { Places } from './places.ts';
import { type Broken, type Result, renderReport, reportOf, resultOf } from './report.ts';
import type { Figure, Scenario } from './scenario.ts';
import { chainsMetadata, chainsProducts } from './scenarios/chains.ts';
import { measureDashboard } from './scenarios/dashboard.ts';
import { dashboardLoad } from './scenarios/dashboard-load.ts';
import { fan } from './scenarios/fan.ts';
import { idleHop, idleStart } from './scenarios/idle.ts';
import { nestedLoop } from './scenarios/nested-loop.ts';
import { measurePlan } from './scenarios/plan.ts';
import { measureBoxSearch } from './scenarios/science-bls.ts';
import { measureQats } from './scenarios/science-qats.ts';
import { measureSynthesis } from './scenarios/science-synthesis.ts';
import { measureTransitSearch } from './scenarios/science-tls.ts';
import { warmUp } from './scenarios/warm-up.ts';
import { measureWhy } from './scenarios/why.ts';

const SCENARIOS: readonly Scenario[] = [
  ...[chainsMetadata, chainsProducts, fan, idleHop, idleStart, nestedLoop, dashboardLoad],
];
/** Those in which no database takes part, and so no combination. */
const ALONE: Readonly<Record<string, (isSmoke: boolean) => Figure[] | Promise<Figure[]>>> = {
  plan: measurePlan,
  'science-synthesis': measureSynthesis,
  'science-qats': measureQats,
  'science-bls': measureBoxSearch,
  'science-tls': measureTransitSearch,
};
const WHY = 'why';
const DASHBOARD = 'dashboard';
/** What has to hold: a full run that misses it has failed. */
const BINDING: readonly string[] = [DASHBOARD, dashboardLoad.name];
const FLOOR_MS = 1_000;
const SMOKE_FLOOR_MS = 30;

const { smoke, only, on, json } = readArguments();
const results: Result[] = [];
const broken: Broken[] = [];
const places = new Places(say);
process.once('SIGINT', () => endNow(130));
process.once('SIGTERM', () => endNow(143));

say(
  `load average at the start: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
);
try {
  for (const name of Object.keys(ALONE)) await runAlone(name);
  for (const combination of wantedCombinations()) await runAllOn(combination);
  if (isWanted(WHY)) for (const database of wantedDatabases()) await runWhy(database);
  if (isWanted(DASHBOARD) && wantedDatabases().has('mysql')) await runDashboard();
} finally {
  await places.release();
}
const report = reportOf(smoke, results, broken);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
for (const line of renderReport(report)) process.stdout.write(`${line}\n`);
const missed = results.filter(({ scenario, met }) => met === false && BINDING.includes(scenario));
for (const { scenario, name } of missed) say(`MISSED: ${scenario}: ${name}`);
if (broken.length > 0 || missed.length > 0) process.exitCode = 1;

/** One installation for all scenarios; after one that broke, a new one for the rest. */
async function runAllOn(combination: Combination): Promise<void> {
  let bench: BenchInstallation | undefined;
  for (const scenario of SCENARIOS) {
    const isHere = scenario.combinations.some((each) => nameOf(each) === nameOf(combination));
    if (!isHere || !isWanted(scenario.name)) continue;
    try {
      if (bench === undefined) {
        say(`${nameOf(combination)}: preparing an installation`);
        bench = await BenchInstallation.open(combination, places);
        await warmUp(bench, smoke);
      }
      await runScenario(scenario, bench);
    } catch (error) {
      note(scenario.name, nameOf(combination), error);
      await bench?.close();
      bench = undefined;
    }
  }
  await bench?.close();
}

async function runScenario(scenario: Scenario, bench: BenchInstallation): Promise<void> {
  const combination = nameOf(bench.combination);
  const floors = await bench.measureFloors(smoke ? SMOKE_FLOOR_MS : FLOOR_MS);
  say(`${combination}: ${scenario.name}`);
  const figures = await scenario.run(bench, smoke);
  results.push(
    ...figures.map((figure) =>
      resultOf(figure, { scenario: scenario.name, combination, floors, isSmoke: smoke }),
    ),
  );
}

async function runAlone(name: string): Promise<void> {
  if (!isWanted(name) || on !== undefined) return;
  try {
    say(name);
    const origin = { scenario: name, combination: null, floors: null, isSmoke: smoke };
    const figures = (await ALONE[name]?.(smoke)) ?? [];
    results.push(...figures.map((figure) => resultOf(figure, origin)));
  } catch (error) {
    note(name, null, error);
  }
}

/** In an installation of its own: daemons would set going what is planted there. */
async function runWhy(database: Combination['database']): Promise<void> {
  try {
    say(`${database}: ${WHY}`);
    const figures = await measureWhy(await places.newDatabase(database), smoke);
    const origin = { scenario: WHY, combination: database, floors: null, isSmoke: smoke };
    results.push(...figures.map((figure) => resultOf(figure, origin)));
  } catch (error) {
    note(WHY, database, error);
  }
}

/** A server of its own: nothing but pages. */
async function runDashboard(): Promise<void> {
  try {
    say(`mysql: ${DASHBOARD}`);
    const place = { databaseUrl: await places.newDatabase('mysql'), home: places.newDirectory(), say };
    const figures = await measureDashboard(place, smoke);
    const origin = { scenario: DASHBOARD, combination: 'mysql', floors: null, isSmoke: smoke };
    results.push(...figures.map((figure) => resultOf(figure, origin)));
  } catch (error) {
    note(DASHBOARD, 'mysql', error);
  }
}

function note(scenario: string, combination: string | null, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  broken.push({ scenario, combination, error: text });
  say(`${combination ?? 'no database'}: ${scenario} broke: ${text}`);
}

/** Two combinations meet both databases and both queues: enough to see that everything works. */
function wantedCombinations(): readonly Combination[] {
  if (on !== undefined) return EVERYWHERE.filter((each) => nameOf(each) === on);
  return smoke ? [SQLITE_SQL, MYSQL_AMQP] : EVERYWHERE;
}

function wantedDatabases(): Set<Combination['database']> {
  return new Set(wantedCombinations().map(({ database }) => database));
}

function isWanted(scenario: string): boolean {
  return only === undefined || only === scenario;
}

function readArguments() {
  const text = { type: 'string' } as const;
  const options = { smoke: { type: 'boolean', default: false }, only: text, on: text, json: text } as const;
  try {
    const { values } = parseArgs({ options });
    refuseUnknown('--only', values.only, [
      ...SCENARIOS.map(({ name }) => name),
      ...Object.keys(ALONE),
      WHY,
      DASHBOARD,
    ]);
    refuseUnknown('--on', values.on, EVERYWHERE.map(nameOf));
    return values;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

function refuseUnknown(option: string, value: string | undefined, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value))
    throw new Error(`${option} ${value}: there is ${known.join(', ')}`);
}

/** The keeper sees the end of this process, and removes what is on the servers. */
function endNow(code: number): void {
  killDaemons();
  process.exit(code);
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
