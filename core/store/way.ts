/**
 * Long ways, read many steps at a time: along what ended a task (cause after cause), or from a waiting task to one that
 * it waits for and that waits itself. One statement goes as far as every database lets a recursion go.
 */
import { sql } from 'kysely';
import type { Reader } from '../db/transaction.ts';

/** Servers stop, or refuse, at 1,000. */
const STEPS = 900;

/** The ids along the causes, from the first after `id` on, in order. */
export async function causesOf({ kysely }: Reader, id: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive way (id, step) as (
      select cause_id, 1 from tasks where id = ${id}
      union all
      select tasks.cause_id, way.step + 1 from way join tasks on tasks.id = way.id
      where tasks.cause_id is not null and way.step < ${STEPS}
    )
    select id from way where id is not null order by step`.execute(kysely);
  return rows.map((row) => row.id);
}

/** Likewise along one of the producers that wait themselves; in a circle the same come up again. */
export async function waitersBehind({ kysely }: Reader, id: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive way (id, step) as (
      select id, 0 from tasks where id = ${id}
      union all
      select (
        select min(tasks.id) from dependencies join tasks on tasks.id = dependencies.producer_id
        where dependencies.consumer_id = way.id and tasks.state = 'waiting'
      ), way.step + 1 from way
      where way.id is not null and way.step < ${STEPS}
    )
    select id from way where id is not null and step > 0 order by step`.execute(kysely);
  return rows.map((row) => row.id);
}
