/** What people did, newest first. */
import { z } from 'zod';
import { listAudit } from '../../core/store/audit-list.ts';
import { instant, list, looked, rowId } from '../answers.ts';
import { defineResource, id, limit } from '../resource.ts';

export const audit = defineResource({
  path: '/audit',
  summary: 'What people did, newest first',
  role: 'admin',
  query: z.strictObject({
    person: z.string().max(255).optional(),
    action: z.string().max(64).optional(),
    before: id.optional(),
    limit: limit(100),
  }),
  answer: z.object({
    actions: list(
      z.object({ id: rowId, at: instant, person: z.string(), action: z.string(), detail: z.string() }),
    ),
    looked,
    next: rowId.nullable(),
  }),
  example: { action: 'submit' },
  view: 'audit',
  title: () => 'Audit',
  read: ({ reader }, query) => listAudit(reader, query),
  rows: ({ actions }) => actions,
});
