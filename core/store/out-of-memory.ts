/**
 * Workers whose container had no memory left and was ended whole: no process of it is left to say what its tasks died of. Who
 * learns it from the engine of the containers says so here, and what ran there has failed for memory, not lost its worker.
 *
 * Whose memory it was cannot be told when several tasks ran. Each may then be tried as often as one that was lost, too, so
 * that none is given up for what another did.
 */
import { sql } from 'kysely';
import type { Database } from '../db/open.ts';
import { type Reader, reading, type Transaction, transact } from '../db/transaction.ts';
import { literalPolicyOf } from '../model/literal-policy.ts';
import type { Allowance, Policy } from '../model/policy.ts';
import type { InstallationPolicy } from '../model/policy-keys.ts';
import type { TaskType } from '../model/task-type.ts';
import { Definitions } from './definitions.ts';
import type { Ids } from './ids.ts';
import { partition } from './locked-tasks.ts';
import { endAttempts } from './moves.ts';
import { settle } from './returns.ts';

export interface OutOfMemoryParts {
  readonly database: Database;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly defaults: InstallationPolicy;
  readonly ids: Ids;
}

export interface EndedContainer {
  /** The name that its processes knew as their host's. */
  readonly host: string;
  /**
   * A worker there that has not ended must have been silent for so long: more than `renew_seconds`, after which one that
   * lives is seen again, and less than `lease_seconds`, after which a scheduler takes its attempts for lost.
   */
  readonly silentMs: number;
}

export interface EndedForMemory {
  /** That have failed. */
  readonly attempts: number;
  /** Their tasks have ended: they are not tried again. */
  readonly parked: number;
}

/** Safe to repeat, and harmless if it is wrong about a worker: that then commits nothing of these attempts. */
export async function endAsOutOfMemory(
  parts: OutOfMemoryParts,
  container: EndedContainer,
): Promise<EndedForMemory> {
  const { database, registry, defaults, ids } = parts;
  const victims = await findVictims(reading(database), container);
  if (victims.length === 0) return { attempts: 0, parked: 0 };
  const definitions = new Definitions(database);
  const allowances = new Map<number, Allowance | undefined>();
  const began = victims.filter((each) => each.began).length;
  for (const victim of victims) {
    const { id, job_id, node, type } = victim;
    const definition = await definitions.get(job_id);
    const sources = { definition, node, type: registry.get(type), installation: defaults };
    allowances.set(id, victim.began ? allowanceOf(literalPolicyOf(sources), began) : undefined);
  }
  return await transact(database, (trx) => end(trx, container, { allowances, began, ids }));
}

/** What was claimed first ran in their slots; what a worker had claimed ahead had not begun. */
async function findVictims(reader: Reader, container: EndedContainer) {
  const gone = await workersGone(reader, container);
  if (gone.size === 0) return [];
  const rows = await reader.kysely
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.id', 'attempts.task_id')
    .select(['attempts.id', 'attempts.job_id', 'attempts.worker_id', 'tasks.node', 'tasks.type'])
    .where('lease_until', '>', 0)
    .where('worker_id', 'in', [...gone.keys()])
    .orderBy('attempts.started_at')
    .orderBy('attempts.id')
    .execute();
  return [...Map.groupBy(rows, ({ worker_id }) => worker_id ?? 0)].flatMap(([worker, held]) =>
    held.map((each, at) => ({ ...each, began: at < (gone.get(worker) ?? 0) })),
  );
}

/** Worker -> its slots. */
async function workersGone({ kysely, dialect }: Reader, { host, silentMs }: EndedContainer) {
  const rows = await kysely
    .selectFrom('processes')
    .select(['id', 'slots'])
    .where('role', '=', 'worker')
    .where('host', '=', host)
    .where((row) =>
      row.or([
        row('ended_at', 'is not', null),
        row('last_seen_at', '<', sql<number>`${dialect.now} - ${silentMs}`),
      ]),
    )
    .execute();
  return new Map(rows.map(({ id, slots }) => [id, slots]));
}

function allowanceOf(policy: Policy, began: number): Allowance {
  const [oom, lost] = [policy.allowance('oom'), policy.allowance('lost')];
  if (began === 1) return oom;
  const classes = [...new Set([...oom.classes, ...lost.classes])];
  return { ...oom, retries: Math.max(oom.retries, lost.retries), classes };
}

interface Ending {
  /** Without one, the attempt had not begun. */
  readonly allowances: ReadonlyMap<number, Allowance | undefined>;
  readonly began: number;
  readonly ids: Ids;
}

async function end(
  trx: Transaction,
  container: EndedContainer,
  { allowances, began, ids }: Ending,
): Promise<EndedForMemory> {
  const gone = await workersGone(trx, container);
  if (gone.size === 0) return { attempts: 0, parked: 0 };
  const held = await trx.kysely
    .selectFrom('attempts')
    .select(['id', 'task_id'])
    .where('id', 'in', [...allowances.keys()])
    .where('state', '=', 'running')
    .where('worker_id', 'in', [...gone.keys()])
    .orderBy('id')
    .modifyEnd(trx.dialect.skipLocked)
    .execute();
  const error = explain(began);
  const [failed, untouched] = partition(held, ({ id }) => allowances.get(id) !== undefined);
  await endAttempts(trx, idsOf(failed), 'running', { to: 'failed', exitClass: 'oom', error });
  await endAttempts(trx, idsOf(untouched), 'running', {
    ...{
      to: 'cancelled',
      exitClass: 'cancelled',
      error: 'the container of its worker was ended before it began',
    },
  });
  const attempts = held.map(({ id, task_id }) => ({
    ...{ attemptId: id, taskId: task_id, allowance: allowances.get(id), reason: error },
  }));
  return { attempts: failed.length, parked: await settle(trx, attempts, ids) };
}

const idsOf = (attempts: readonly { id: number }[]) => attempts.map(({ id }) => id);

function explain(began: number): string {
  const gone = 'the container of its worker ran out of memory and was ended with all that ran in it';
  return began === 1 ? gone : `${gone}: ${began} tasks, and which of them took it cannot be told`;
}
