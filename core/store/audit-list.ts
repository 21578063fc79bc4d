/** What people did, newest first: by pages along the key of the table. */
import type { Reader } from '../db/transaction.ts';
import { lookAlong } from './look.ts';

export interface AuditView {
  readonly id: number;
  readonly at: number;
  readonly person: string;
  readonly action: string;
  readonly detail: string;
}

export interface AuditPage {
  readonly actions: readonly AuditView[];
  /** To be passed as `before`; null at the end. */
  readonly next: number | null;
  readonly looked: number;
}

export interface AuditQuery {
  readonly person?: string | undefined;
  readonly action?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Rows looked at for those of one person or one action. */
const MOST_LOOKED_AT = 5_000;

export async function listAudit(reader: Reader, query: AuditQuery): Promise<AuditPage> {
  const { person, action, before, limit } = query;
  const isFiltered = person !== undefined || action !== undefined;
  const { found, looked, next } = await lookAlong<AuditView, AuditView, number>({
    ...{ limit, most: MOST_LOOKED_AT, from: before, ...(isFiltered && { batch: 1_000 }) },
    read: (from, size) => readPart(reader, from, size),
    keep: async (rows) =>
      rows.map((row) => {
        const isWanted = (person ?? row.person) === row.person && (action ?? row.action) === row.action;
        return isWanted ? row : undefined;
      }),
    cursorOf: ({ id }) => id,
  });
  return { actions: found, looked, next };
}

async function readPart({ kysely }: Reader, before: number | undefined, limit: number): Promise<AuditView[]> {
  return await kysely
    .selectFrom('audit')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
