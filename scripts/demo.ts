/**
 * `npm run demo`: Easel on its embedded database, from nothing to results. Starts `easel standalone`, submits the planet search,
 * follows it, tells what was found, and stops what it started. Everything lies in EASEL_HOME, or `./data`. Exit status 0: the job
 * succeeded and every strong signal was found. It can be repeated, and interrupted at any time: the next run goes on with what was left.
 */
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paint } from '../core/cli/style.ts';
import { reading } from '../core/db/transaction.ts';
import { openInstallation } from '../core/installation.ts';
import { EaselError } from '../core/model/errors.ts';
import { loadSettings } from '../core/runtime/settings.ts';
import { viewJob } from '../core/store/job-views.ts';
import { type Place, readJson, type Standalone, show, startStandalone } from './demo/commands.ts';
import { isFound, isStrong, readFindings } from './demo/findings.ts';
import { renderFindings } from './demo/report.ts';

const jobFile = fileURLToPath(new URL('../demo_jobs/planet-search.json', import.meta.url));
const home = resolve(process.env.EASEL_HOME || 'data');
const place: Place = { home, databaseUrl: `sqlite:${join(home, 'easel.db')}` };
const stop = new AbortController();
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    process.exitCode = exitCodes[name];
    stop.abort();
  });
}

try {
  const isGood = await runDemo();
  if (!stop.signal.aborted) process.exitCode = isGood ? 0 : 1;
} catch (error) {
  if (!(error instanceof EaselError)) throw error;
  if (!stop.signal.aborted) console.error(`demo: ${error.message}`);
  process.exitCode ??= 1;
}

async function runDemo(): Promise<boolean> {
  say(
    'Nine stars with a planet each, of three sizes and at three distances, under the noise of a space telescope:',
  );
  say('each is observed, checked and searched for transits, and followed up where something was found.\n');
  sayCommand('standalone');
  const standalone = await startStandalone(place);
  try {
    if (stop.signal.aborted) return false;
    sayCommand(`submit --tasks ${near(jobFile)}`);
    const jobId = readJobId(await readJson(place, ['submit', '--tasks', jobFile]));
    await follow(jobId, standalone);
    return !stop.signal.aborted && (await report(jobId));
  } finally {
    await standalone.stop();
  }
}

/** Until the job has ended, or nothing is left that could end it. */
async function follow(jobId: number, { lost }: Standalone): Promise<void> {
  sayCommand(`progress ${jobId} --follow`);
  const over = new AbortController();
  const either = AbortSignal.any([stop.signal, over.signal]);
  try {
    await Promise.race([show(place, ['progress', String(jobId), '--follow'], either), lost]);
  } finally {
    over.abort();
  }
}

/** Whether all is as it should be. */
async function report(jobId: number): Promise<boolean> {
  const settings = loadSettings({ home, database_url: place.databaseUrl }, {});
  const { database } = await openInstallation(settings);
  try {
    const { state } = await viewJob(reading(database), jobId);
    const findings = await readFindings(database, jobId);
    say('');
    for (const line of renderFindings(findings)) say(line);
    say(`\nThe products are in ${near(join(settings.output_area, 'planet-search'))}. Look around:`);
    const flag = near(home) === 'data' ? '' : ` --home ${near(home)}`;
    say(`  npx easel tree ${jobId}${flag}\n  npx easel jobs${flag}`);
    const strong = findings.filter(isStrong);
    return state === 'succeeded' && strong.length > 0 && strong.every(isFound);
  } finally {
    await database.close();
  }
}

function readJobId(submitted: unknown): number {
  const job =
    typeof submitted === 'object' && submitted !== null && 'job' in submitted ? submitted.job : null;
  if (typeof job !== 'number') throw new EaselError('unavailable', '`easel submit --json` named no job');
  return job;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function sayCommand(text: string): void {
  say(paint('dim', `$ easel ${text}`));
}

/** As seen from here, unless it is elsewhere. */
function near(path: string): string {
  const way = relative('', path);
  return way.startsWith('..') ? path : way;
}
