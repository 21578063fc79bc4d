/**
 * `npm run chaos [-- --minutes N] [--seed S] [--on DATABASE/QUEUE] [--calm]`: real daemons under load, while everything that can go
 * wrong does; then it is checked that nothing was lost. Each combination of database and queue runs so long. The same seed
 * gives the same jobs and faults, as far as timing allows; with --calm there are no faults. Exit status 1 when something did not hold.
 */
import { parseArgs } from 'node:util';
import { EVERYWHERE, nameOf } from '../bench/combination.ts';
import { renderReport } from './report.ts';
import { runChaos } from './run.ts';

const { minutes, seed, calm, combinations } = readArguments();

for (const combination of combinations) {
  const say = (line: string) => process.stderr.write(`chaos ${nameOf(combination)}: ${line}\n`);
  say(`${minutes} minutes, seed ${seed}`);
  const report = await runChaos({ combination, minutes, seed, calm, say });
  for (const line of renderReport(report)) process.stdout.write(`${line}\n`);
  if (report.problems.length > 0) process.exitCode = 1;
}

function readArguments() {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: { minutes: text, seed: text, on: text, calm: { type: 'boolean', default: false } },
    });
    const minutes = Number(values.minutes ?? 2);
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
    if (!(minutes > 0)) throw new Error('--minutes: a number above 0 is expected');
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed: a whole number is expected');
    const known = EVERYWHERE.map(nameOf);
    if (values.on !== undefined && !known.includes(values.on))
      throw new Error(`--on ${values.on}: there is ${known.join(', ')}`);
    const combinations = EVERYWHERE.filter((each) => values.on === undefined || nameOf(each) === values.on);
    return { minutes, seed, calm: values.calm, combinations };
  } catch (error) {
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
