/**
 * Inputs that nobody has declared yet are wanted: whoever creates their producer finds them in `wanted`. An input that
 * is not there, or is there although its product is, would be waited for in vain.
 */
import { insertRows } from '../../db/rows.ts';
import type { Reader, Transaction } from '../../db/transaction.ts';
import { lockTasks } from '../locked-tasks.ts';
import { findProducts } from '../products.ts';
import type { Breach, Check } from './check.ts';
import { pagesOf, ROWS_PER_PAGE } from './pages.ts';

/** The consumers, which are asked for by the index. */
export function pagesOfConsumers({ kysely }: Reader, jobId: number | undefined) {
  return pagesOf((after) =>
    kysely
      .selectFrom('wanted')
      .select('consumer_id as id')
      .distinct()
      .where('consumer_id', '>', after)
      .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? 0))
      .orderBy('consumer_id')
      .limit(ROWS_PER_PAGE)
      .execute(),
  );
}

/** Products are created under the lock of the job. */
export async function lockConsumers(trx: Transaction, ids: readonly number[]): Promise<void> {
  const jobs = trx.kysely.selectFrom('tasks').select('job_id').where('id', 'in', ids);
  await trx.kysely
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', jobs)
    .modifyEnd(trx.dialect.forUpdate)
    .execute();
  await lockTasks(trx, ids);
}

/** For tasks: an input that is not known to be wanted. */
const unwanted: Check<number> = {
  name: 'forgotten_input',
  rule: 'an input without a product is wanted',
  leadsTo: 'its task waits for ever, whoever makes the file',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('tasks')
      .innerJoin('dependencies as d', 'd.consumer_id', 'tasks.id')
      .leftJoin('wanted', (join) =>
        join.onRef('wanted.consumer_id', '=', 'd.consumer_id').onRef('wanted.ordinal', '=', 'd.ordinal'),
      )
      .select(['tasks.id', 'tasks.job_id', 'd.address'])
      .where('tasks.id', 'in', ids)
      .where('tasks.state', '=', 'waiting')
      .where('d.kind', '=', 'input')
      .where('d.product_id', 'is', null)
      .where('wanted.consumer_id', 'is', null)
      .execute();
    return rows.map(({ id, job_id, address }) => ({
      key: id,
      what: `task ${id} (job ${job_id}) waits for "${address}", and nobody who makes it would know`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches) await wantAgain(trx, key);
  },
};

/** Points the inputs of a task to products that are there, and wants the others. */
async function wantAgain(trx: Transaction, taskId: number): Promise<void> {
  const { kysely } = trx;
  await kysely.deleteFrom('wanted').where('consumer_id', '=', taskId).execute();
  const open = await kysely
    .selectFrom('dependencies')
    .innerJoin('tasks', 'tasks.id', 'consumer_id')
    .select(['job_id', 'ordinal', 'address'])
    .where('consumer_id', '=', taskId)
    .where('dependencies.kind', '=', 'input')
    .where('product_id', 'is', null)
    .execute();
  for (const { job_id, ordinal, address } of open) {
    const product = (await findProducts(trx, job_id, [address ?? ''])).get(address ?? '');
    if (product === undefined)
      await insertRows(trx, 'wanted', [{ job_id, address: address ?? '', consumer_id: taskId, ordinal }]);
    else
      await kysely
        .updateTable('dependencies')
        .set({ producer_id: product.task_id, product_id: product.id })
        .where('consumer_id', '=', taskId)
        .where('ordinal', '=', ordinal)
        .execute();
  }
}

const byNobody: Check<number> = {
  name: 'wanted_by_nobody',
  rule: 'what is wanted is wanted by a task that waits',
  leadsTo: 'rows that stay for ever, and a scheduler that looks for them again and again',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('wanted')
      .leftJoin('tasks', 'tasks.id', 'consumer_id')
      .select(['consumer_id', 'address', 'tasks.state'])
      .where('consumer_id', 'in', ids)
      .where((on) => on.or([on('tasks.id', 'is', null), on('tasks.state', '!=', 'waiting')]))
      .execute();
    return rows.map(({ consumer_id, address, state }) => ({
      key: consumer_id,
      what: `"${address}" is wanted by task ${consumer_id}, which ${state === null ? 'is not there' : `is ${state}`}`,
    }));
  },
  async repair({ trx }, breaches) {
    for (const { key } of breaches)
      await trx.kysely.deleteFrom('wanted').where('consumer_id', '=', key).execute();
  },
};

const made: Check<number> = {
  name: 'wanted_though_made',
  rule: 'what a task of the job declares is not wanted any more',
  leadsTo: 'the task that wants it fails for want of it, or waits for ever',
  async find({ kysely }, ids) {
    const rows = await kysely
      .selectFrom('wanted')
      .innerJoin('tasks', 'tasks.id', 'consumer_id')
      .innerJoin('products', (join) =>
        join.onRef('products.address', '=', 'wanted.address').onRef('products.job_id', '=', 'wanted.job_id'),
      )
      .select(['consumer_id', 'wanted.address', 'products.task_id'])
      .where('consumer_id', 'in', ids)
      .where('tasks.state', '=', 'waiting')
      .execute();
    return rows.map(
      ({ consumer_id, address, task_id }): Breach<number> => ({
        key: consumer_id,
        what: `task ${consumer_id} wants "${address}", not knowing that task ${task_id} makes it`,
      }),
    );
  },
  async repair({ trx }, breaches) {
    for (const key of new Set(breaches.map((breach) => breach.key))) await wantAgain(trx, key);
  },
};

export const FORGOTTEN_INPUTS: readonly Check<number>[] = [unwanted];
export const WANTED: readonly Check<number>[] = [byNobody, made];
