/** Products by directory, and the versions of one. */
import { z } from 'zod';
import { listDirectory } from '../../core/store/directory-views.ts';
import { listVersions } from '../../core/store/version-views.ts';
import { attemptState, count, instant, list, rowId } from '../answers.ts';
import { defineResource, id, limit } from '../resource.ts';

const LONGEST_ADDRESS = 700;

export const products = defineResource({
  path: '/products',
  summary: 'Products by directory, one level at a time',
  query: z.strictObject({
    directory: z.string().max(LONGEST_ADDRESS).default(''),
    after: z.string().max(LONGEST_ADDRESS).optional(),
    limit: limit(200),
  }),
  answer: z.object({
    directory: z.string(),
    entries: list(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('directory'), name: z.string() }),
        z.object({
          kind: z.literal('file'),
          name: z.string(),
          address: z.string(),
          job_id: rowId,
          task_id: rowId,
          version_id: rowId.nullable().meta({ description: 'null: none has passed' }),
          size: count.nullable(),
          created_at: instant.nullable(),
        }),
      ]),
    ),
    next: z.string().nullable(),
  }),
  example: { directory: '' },
  view: 'products',
  title: ({ directory }) => (directory === '' ? 'Products' : `Products in ${directory}`),
  async read({ reader }, query) {
    const directory = query.directory.replace(/\/+$/, '');
    return { directory, ...(await listDirectory(reader, { ...query, directory })) };
  },
  rows: ({ entries }) => entries,
});

export const versionAnswer = z.object({
  version_id: rowId,
  product_id: rowId,
  address: z.string(),
  output: z.string(),
  job_id: rowId,
  task_id: rowId,
  type: z.string(),
  attempt: count,
  attempt_state: attemptState,
  created_at: instant,
  size: count,
  sha256: z.string(),
  passed: z.boolean(),
  reason: z.string().nullable(),
  metadata: z.json(),
  is_current: z.boolean().meta({ description: 'the one that later tasks of its job read' }),
  is_public: z.boolean().meta({ description: 'the one that the public name shows' }),
});

export const product = defineResource({
  path: '/product',
  summary: 'The versions of a product, of every job that made it',
  query: z.strictObject({
    address: z.string().min(1).max(LONGEST_ADDRESS),
    before: id.optional().meta({ description: 'only of jobs with smaller ids' }),
    limit: limit(50, 200),
  }),
  answer: z.object({ address: z.string(), versions: list(versionAnswer), next: rowId.nullable() }),
  example: { address: 'hello.txt' },
  view: 'product',
  title: ({ address }) => address,
  async read({ reader }, query) {
    const { versions, ...page } = await listVersions(reader, query);
    return {
      ...page,
      versions: versions.map(({ file: _file, attempt_id: _attempt, ...version }) => version),
    };
  },
  rows: ({ versions }) => versions.map(({ metadata: _metadata, ...version }) => version),
});
