/**
 * What schedulers and workers had to wait for: the database or the output area. That it is away cannot be written down
 * while it is; so the process remembers, and writes when it is over, by the database's clock (now minus what it has
 * measured). An outage in which the process ends is not written.
 */

import type { Database } from '../db/open.ts';
import { insertRows } from '../db/rows.ts';
import { type Reader, transact } from '../db/transaction.ts';
import type { Emit, EventDetails, EventName } from '../runtime/events.ts';
import { readNow } from './clock.ts';
import { TEXT_CHARACTERS } from './moves.ts';

export type OutageOf = 'database' | 'output_area';

interface Remembered {
  readonly what: OutageOf;
  readonly reason: string;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Of one process and database; by its own clock, which goes on evenly. */
class Memory {
  readonly #open = new Map<OutageOf, Pick<Remembered, 'reason' | 'beganAt'>>();
  over: Remembered[] = [];

  note(name: EventName, details: EventDetails): void {
    const what = BEGINS[name] ?? ENDS[name];
    if (what === undefined) return;
    const open = this.#open.get(what);
    if (BEGINS[name] !== undefined) {
      const reason = [details.wrong, details.reason].filter((each) => each !== undefined).join(': ');
      if (open === undefined) this.#open.set(what, { reason, beganAt: performance.now() });
    } else if (open !== undefined) {
      this.#open.delete(what);
      this.over.push({ ...open, what, endedAt: performance.now() });
    }
  }
}

const BEGINS: Partial<Record<EventName, OutageOf>> = { outage: 'database', area_unusable: 'output_area' };
const ENDS: Partial<Record<EventName, OutageOf>> = { outage_over: 'database', area_usable: 'output_area' };

const memories = new WeakMap<Database, Memory>();

function memoryOf(database: Database): Memory {
  const known = memories.get(database) ?? new Memory();
  memories.set(database, known);
  return known;
}

/** Says what `emit` says, and remembers outages. Several daemons in one process meet the same outage: it is one. */
export function rememberOutages(database: Database, emit: Emit): Emit {
  const memory = memoryOf(database);
  return (name, details) => {
    memory.note(name, details);
    emit(name, details);
  };
}

/** Writes those that are over; costs nothing when there are none. */
export async function storeOutages(database: Database, processId: number): Promise<void> {
  const memory = memoryOf(database);
  if (memory.over.length === 0) return;
  const over = memory.over;
  memory.over = [];
  try {
    await transact(database, async (trx) => {
      const now = (await readNow(trx)) - performance.now();
      const rows = over.map(({ what, reason, beganAt, endedAt }) => ({
        process_id: processId,
        began_at: Math.round(now + beganAt),
        ended_at: Math.round(now + endedAt),
        what,
        reason: reason.slice(0, TEXT_CHARACTERS),
      }));
      await insertRows(trx, 'outages', rows);
    });
  } catch (error) {
    memory.over.unshift(...over);
    throw error;
  }
}

const MOST = 1_000;

/** That overlap the time, the newest first, bounded; with the process that waited. */
export async function readOutages(
  { kysely }: Reader,
  { since, until }: { readonly since: number; readonly until: number },
) {
  return await kysely
    .selectFrom('outages')
    .leftJoin('processes', 'processes.id', 'outages.process_id')
    .select(['process_id', 'began_at', 'outages.ended_at', 'what', 'reason'])
    .select(['processes.host', 'processes.pid', 'processes.role'])
    .where('outages.ended_at', '>=', since)
    .where('began_at', '<=', until)
    .orderBy('outages.ended_at', 'desc')
    .limit(MOST)
    .execute();
}
