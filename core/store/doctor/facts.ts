/** Facts about the installation as a whole, and what is wrong with them: areas, clocks, processes, what `init` wrote. */
import { access, constants, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { schemaVersion } from '../../db/migrate.ts';
import type { Database } from '../../db/open.ts';
import { type Reader, reading } from '../../db/transaction.ts';
import { type Areas, probeFile, scratchDirectory } from '../../runtime/areas.ts';
import { readNow } from '../clock.ts';
import { listProcesses } from '../processes.ts';

export interface Fact {
  readonly fact: string;
  readonly value: string;
  /** What is wrong with it; null when nothing is. */
  readonly trouble: string | null;
}

const MIB = 2 ** 20;
const LEAST_FREE_BYTES = 256 * MIB;

export async function readFacts(
  database: Database,
  { areas, leaseMs }: { areas: Areas; leaseMs: number },
): Promise<Fact[]> {
  const reader = reading(database);
  return [
    fact('schema', `version ${await schemaVersion(database)}`),
    ...(await installationFacts(reader)),
    await clockFact(reader),
    ...(await processFacts(reader, leaseMs)),
    await inputFact(areas),
    await outputFact(areas),
    await spaceFact(areas),
  ];
}

const fact = (name: string, value: string, trouble: string | null = null): Fact => ({
  fact: name,
  value,
  trouble,
});

async function installationFacts({ kysely }: Reader): Promise<Fact[]> {
  const rows = await kysely.selectFrom('installation').selectAll().execute();
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const queue = values.get('queue');
  const isKnown = queue === undefined || queue === 'sql' || queue === 'amqp';
  return [
    fact('queue', queue ?? 'sql', isKnown ? null : 'no such queue: run `easel init-queues` again'),
    fact('id', values.get('id') ?? '(not needed yet)'),
  ];
}

/** Only the database's clock counts: a difference is worth knowing where times are compared by eye. */
async function clockFact(reader: Reader): Promise<Fact> {
  const before = Date.now();
  const now = await readNow(reader);
  const difference = Math.round(now - (before + Date.now()) / 2);
  return fact(
    'clock',
    `the database is ${Math.abs(difference)} ms ${difference < 0 ? 'behind' : 'ahead of'} this host`,
  );
}

async function processFacts(reader: Reader, leaseMs: number): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const role of ['scheduler', 'worker'] as const) {
    const all = await listProcesses(reader, { role, aliveWithinMs: leaseMs, stopped: false, limit: 10_000 });
    const silent = all.filter(({ state }) => state === 'silent').length;
    facts.push(fact(`${role}s`, `${all.length - silent} alive${silent > 0 ? `, ${silent} silent` : ''}`));
  }
  return facts;
}

async function inputFact({ input }: Areas): Promise<Fact> {
  const error = await access(input, constants.R_OK | constants.X_OK).then(() => undefined, messageOf);
  return fact('input area', input, error ?? null);
}

async function outputFact(areas: Areas): Promise<Fact> {
  const probe = probeFile(areas);
  const error = await mkdir(scratchDirectory(areas), { recursive: true })
    .then(() => writeFile(probe, 'x', { flush: true }))
    .then(() => undefined, messageOf)
    .finally(() => rm(probe, { force: true }).catch(() => undefined));
  return fact('output area', areas.output, error === undefined ? null : `cannot be written: ${error}`);
}

async function spaceFact({ output }: Areas): Promise<Fact> {
  const found = await statfs(output).catch(() => undefined);
  if (found === undefined) return fact('free space', 'unknown');
  const free = found.bavail * found.bsize;
  const text = `${Math.floor(free / MIB).toLocaleString('en-US')} MiB in the output area`;
  return fact(
    'free space',
    text,
    free < LEAST_FREE_BYTES ? 'nearly full: tasks will fail for want of space' : null,
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
