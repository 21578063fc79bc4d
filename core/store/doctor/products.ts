/** What done tasks leave: one success each, a version for every product, and that version of a success. */
import type { ExpressionBuilder } from 'kysely';
import type { Tables } from '../../db/tables.ts';
import type { Reader } from '../../db/transaction.ts';
import type { Breach, Check, Mending } from './check.ts';

const unsuccessful: Check<number> = {
  name: 'successes',
  rule: 'a work task is done with exactly one success, and any other has none',
  leadsTo: 'a result was committed twice, or not at all',
  advice: 'See `easel logs TASK` for its attempts; `easel retry TASK` makes its products anew.',
  async find({ kysely }, ids) {
    const counted = kysely
      .selectFrom('tasks')
      .select(['id', 'job_id', 'state'])
      .select((task) =>
        task
          .selectFrom('attempts')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .whereRef('attempts.task_id', '=', 'tasks.id')
          .where('attempts.state', '=', 'succeeded')
          .whereRef('number', '>', 'tried_from')
          .as('successes'),
      )
      .where('id', 'in', ids)
      .where('kind', '=', 'work');
    const rows = await kysely
      .selectFrom(counted.as('counted'))
      .selectAll()
      .where((on) =>
        on.or([
          on.and([on('state', '=', 'done'), on('successes', '!=', 1)]),
          on.and([on('state', '!=', 'done'), on('successes', '!=', 0)]),
        ]),
      )
      .execute();
    return rows.map(
      ({ id, job_id, state, successes }): Breach<number> => ({
        key: id,
        what: `task ${id} (job ${job_id}) is ${state}, and ${successes} of its attempts succeeded`,
      }),
    );
  },
};

/** Another job has made the file since: of a job that succeeded its own version may have been pruned. */
const newer = (product: ExpressionBuilder<Tables, 'products'>) =>
  product
    .selectFrom('products as other')
    .select('other.id')
    .whereRef('other.address', '=', 'products.address')
    .where('other.version_id', 'is not', null);

const unmade: Check<number> = {
  name: 'product_without_version',
  rule: 'every product of a done task has a version',
  leadsTo: 'whatever reads it fails',
  advice: '`easel retry TASK` makes the products of a task anew.',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('products', 'products.task_id', 'tasks.id')
      .innerJoin('jobs', 'jobs.id', 'tasks.job_id')
      .select(['tasks.id', 'tasks.job_id', 'products.address'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'done')
      .where('products.version_id', 'is', null)
      .where((on) => on.or([on('jobs.state', '!=', 'succeeded'), on.not(on.exists(newer(on)))]))
      .execute();
    return rows.map(({ id, job_id, address }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) is done, and its product "${address}" has no version`,
    }));
  },
};

function findWrong({ kysely }: Reader, ids: readonly number[]) {
  return kysely
    .selectFrom('products')
    .leftJoin('versions', (join) =>
      join.onRef('versions.id', '=', 'products.version_id').onRef('versions.product_id', '=', 'products.id'),
    )
    .leftJoin('attempts', 'attempts.id', 'versions.attempt_id')
    .select(['products.id', 'products.task_id', 'products.address', 'products.version_id', 'attempts.state'])
    .where('products.task_id', 'in', ids)
    .where('products.version_id', 'is not', null)
    .where((on) =>
      on.or([
        on('versions.id', 'is', null),
        on('versions.passed', '=', 0),
        on('attempts.state', '!=', 'succeeded'),
      ]),
    )
    .execute();
}

const unfounded: Check<number> = {
  name: 'version_without_success',
  rule: 'a product shows a version that its own task made, that passed quality control, of an attempt that succeeded',
  leadsTo: 'others read what was never committed as good',
  async find(reader, ids) {
    return (await findWrong(reader, ids)).map(({ task_id, address, version_id, state }) => ({
      key: task_id,
      what: `the product "${address}" of task ${task_id} shows version ${version_id}, which ${state === null ? 'is not one of its versions' : 'did not pass, or whose attempt did not succeed'}`,
    }));
  },
  async repair(mending, breaches) {
    const ids = breaches.map(({ key }) => key);
    for (const { id } of await findWrong(mending.trx, ids)) await pointToNewest(mending, id);
  },
};

async function pointToNewest({ trx }: Mending, productId: number): Promise<void> {
  const newest = await trx.kysely
    .selectFrom('versions')
    .innerJoin('attempts', 'attempts.id', 'versions.attempt_id')
    .select('versions.id')
    .where('product_id', '=', productId)
    .where('passed', '=', 1)
    .where('attempts.state', '=', 'succeeded')
    .orderBy('versions.created_at', 'desc')
    .orderBy('versions.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  await trx.kysely
    .updateTable('products')
    .set({ version_id: newest?.id ?? null })
    .where('id', '=', productId)
    .execute();
}

export const PRODUCTS: readonly Check<number>[] = [unsuccessful, unfounded, unmade];
