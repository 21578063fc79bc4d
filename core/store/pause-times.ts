/** When something was paused: what is so now, and, from the record of what people did, what was. */
import type { Reader } from '../db/transaction.ts';
import type { PauseFact } from '../model/gaps/facts.ts';
import { readPauses } from './pauses.ts';

/** Of the record, so much is looked at, the newest. */
const LOOKED_AT = 2_000;

/** That had not ended by then. */
export async function readPauseTimes(reader: Reader, since: number): Promise<PauseFact[]> {
  const now = (await readPauses(reader)).rows.map(
    (row): PauseFact => ({ scope: row.scope, from: row.since, until: null }),
  );
  const recent = reader.kysely.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(LOOKED_AT);
  const actions = await reader.kysely
    .selectFrom(recent.as('recent'))
    .select(['at', 'action', 'detail'])
    .where('action', 'in', ['pause', 'resume'])
    .orderBy('id')
    .execute();
  const begun = new Map<string, number>();
  const over: PauseFact[] = [];
  for (const { at, action, detail } of actions) {
    const target = /^(everything|job \d+|task type [^:]+)/.exec(detail)?.[0];
    if (target === undefined) continue;
    const from = begun.get(target);
    if (action === 'pause') begun.set(target, from ?? at);
    else if (from !== undefined) {
      begun.delete(target);
      over.push({ scope: SCOPES[target.split(' ')[0] ?? ''] ?? 'job', from, until: at });
    }
  }
  return [...now, ...over.filter(({ until }) => (until ?? since) >= since)];
}

const SCOPES: Readonly<Record<string, PauseFact['scope']>> = { everything: 'all', job: 'job', task: 'type' };
