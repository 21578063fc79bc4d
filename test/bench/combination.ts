/** The combinations of database and queue that Easel runs on, and what they are called in a report. */
export interface Combination {
  readonly database: 'mysql' | 'sqlite';
  readonly queue: 'sql' | 'amqp';
}

export const MYSQL_SQL: Combination = { database: 'mysql', queue: 'sql' };
export const SQLITE_SQL: Combination = { database: 'sqlite', queue: 'sql' };
export const MYSQL_AMQP: Combination = { database: 'mysql', queue: 'amqp' };
const SQLITE_AMQP: Combination = { database: 'sqlite', queue: 'amqp' };

export const EVERYWHERE: readonly Combination[] = [MYSQL_SQL, SQLITE_SQL, MYSQL_AMQP, SQLITE_AMQP];

export function nameOf({ database, queue }: Combination): string {
  return `${database}/${queue}`;
}
