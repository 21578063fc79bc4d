/**
 * `npm run soak [-- --tasks N] [--on DATABASE/QUEUE]`: whether the memory of a scheduler and a worker stays flat over very many tasks, and
 * whether anything is left in the tables that hold only what is in hand. Fails when the memory grows by more than BOUND.
 */
import { parseArgs } from 'node:util';
import { EVERYWHERE, MYSQL_SQL, nameOf, SQLITE_SQL } from '../bench/combination.ts';
import { killDaemons } from '../bench/daemon.ts';
import { BenchInstallation } from '../bench/installation.ts';
import { Places } from '../bench/places.ts';
import { snapshotOptions, summarize } from './memory.ts';
import { type Soaked, soak } from './soak.ts';

/** Megabytes per 100,000 tasks; the first half is warm-up. */
const BOUND = 10;

const { values } = parseArgs({
  options: { tasks: { type: 'string', default: '200000' }, on: { type: 'string' } },
});
const wanted = EVERYWHERE.filter((each) =>
  values.on === undefined ? [MYSQL_SQL, SQLITE_SQL].includes(each) : nameOf(each) === values.on,
);
const tasks = Number(values.tasks);
if (wanted.length === 0 || !Number.isSafeInteger(tasks) || tasks < 1) {
  say('usage: npm run soak -- [--tasks N] [--on mysql/sql|sqlite/sql|mysql/amqp|sqlite/amqp]');
  process.exit(2);
}
const places = new Places(say);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killDaemons();
    process.exit(130);
  });
}
try {
  for (const combination of wanted) {
    const snapshots = places.newDirectory();
    process.env.NODE_OPTIONS = snapshotOptions(snapshots);
    const bench = await BenchInstallation.open(combination, places);
    say(`${nameOf(combination)}: ${tasks} tasks`);
    try {
      report(nameOf(combination), await soak(bench, tasks, snapshots));
    } finally {
      await bench.close();
    }
  }
} finally {
  await places.release();
}

function report(name: string, soaked: Soaked): void {
  const { seconds, samples, left } = soaked;
  const rate = (soaked.tasks / seconds).toFixed(0);
  print(`${name}: ${soaked.tasks} tasks in ${seconds.toFixed(0)} s (${rate}/s)`);
  for (const [role, series] of samples) {
    const { at, peak, ownSlope, liveSlope } = summarize(series, soaked.tasks);
    const isFlat = ownSlope <= BOUND && liveSlope <= BOUND;
    print(
      `  ${role}: ${at.map((height) => height.toFixed(0)).join(', ')} MB at 10, 50 and 100 %, ${peak.toFixed(0)} at most; per 100,000 tasks ` +
        `of the second half ${ownSlope.toFixed(1)} MB, of live heap ${liveSlope.toFixed(2)} MB${isFlat ? '' : ` (more than ${BOUND})`}`,
    );
    if (!isFlat) process.exitCode = 1;
  }
  const rows = [...left].map(([table, count]) => `${table} ${count}`);
  print(`  rows left: ${rows.join(', ')}`);
  if ([...left.values()].some((count) => count > 0)) process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(line: string): void {
  process.stderr.write(`soak: ${line}\n`);
}
