/** What counts as an outage of a database, by what the drivers throw; and how often an outage is said. */
import { expect, test } from 'vitest';
import { explainRefusal } from '../../core/db/advice.ts';
import { MYSQL, SQLITE } from '../../core/db/dialect.ts';
import { Outage, waitOut } from '../../core/runtime/outage.ts';
import { until } from '../support/until.ts';

const mysql = (errno: number, message: string, code = 'ER') =>
  Object.assign(new Error(message), { errno, code, sqlState: 'HY000', fatal: false });
const sqlite = (code: string) => Object.assign(new Error('no'), { code, name: 'SqliteError' });

test.each([
  [1021, 'Disk full (/tmp); waiting for someone to free some space... (errno: 28 "No space left on device")'],
  [1114, "The table 'attempts' is full"],
  [1030, 'Got error 28 "No space left on device" from storage engine InnoDB'],
  [3, 'Error writing file \'/tmp/MLfd=33\' (Errcode: 28 "No space left on device")'],
  [3, "Error writing file '/tmp/x' (OS errno 122 - Disk quota exceeded)"],
  [1026, 'Error writing file \'./e/attempts\' (errno: 28 "No space left on device")'],
  [1290, 'The server is running with the --read-only option'],
  [2013, 'Lost connection'],
])('%i of a server is an outage: %s', (errno, message) => {
  expect(MYSQL.isOutage(mysql(errno, message))).toBe(true);
});

test.each([
  [1030, 'Got error 194 "Tablespace is missing for a table" from storage engine InnoDB'],
  [3, 'Error writing file \'/tmp/x\' (Errcode: 13 "Permission denied")'],
  [1064, 'You have an error in your SQL syntax near "28"'],
])('%i of a server is not: %s', (errno, message) => {
  expect(MYSQL.isOutage(mysql(errno, message))).toBe(false);
});

test('a connection that was lost before is away, whatever is asked of it', () => {
  const closed = Object.assign(new Error("Can't add new command when connection is in closed state"), {
    fatal: true,
  });
  expect(MYSQL.isOutage(closed)).toBe(true);
  expect(MYSQL.isOutage(new Error('a defect'))).toBe(false);
});

test('an embedded database is away when its disk is', () => {
  for (const code of ['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_CANTOPEN', 'SQLITE_READONLY_DBMOVED'])
    expect(SQLITE.isOutage(sqlite(code))).toBe(true);
  expect(SQLITE.isOutage(sqlite('SQLITE_CONSTRAINT'))).toBe(false);
});

test('a refusal is explained in one line; a defect, and what is not of the database, stays what it is', () => {
  expect(explainRefusal(sqlite('SQLITE_FULL'))).toMatchObject({
    code: 'unavailable',
    message: 'database: no: its disk is full: free some room',
  });
  for (const error of [new Error('a defect'), sqlite('SQLITE_CONSTRAINT'), mysql(1064, 'syntax')])
    expect(explainRefusal(error)).toBe(error);
  const ofBroker = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  expect(explainRefusal(ofBroker)).toBe(ofBroker);
});

test('an outage is said once, however many wait, and is over when all have passed', async () => {
  const said: string[] = [];
  const outage = new Outage();
  let isAway = true;
  const recognise = async () => () => said.push('away');
  const patience = { outage, recognise, sayOver: () => said.push('back') };
  const wait = () =>
    waitOut(patience, async () => {
      if (isAway) throw new Error('away');
    });
  const waiting = [wait(), wait(), wait()];
  await until(() => said.length > 0);
  outage.passed('another, whose small write found room', () => said.push('back too early'));
  isAway = false;
  await Promise.all(waiting);
  expect(said).toEqual(['away', 'back']);
});

test('who is asked to stop waits no longer, and says nothing of a return', async () => {
  const said: string[] = [];
  const stop = new AbortController();
  const patience = {
    outage: new Outage(),
    recognise: async () => () => said.push('away'),
    sayOver: () => said.push('back'),
    signal: stop.signal,
  };
  const waiting = waitOut(patience, () => Promise.reject(new Error('still away')));
  stop.abort();
  await expect(waiting).rejects.toThrow('still away');
  expect(said).toEqual(['away']);
});
