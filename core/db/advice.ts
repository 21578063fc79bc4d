/** What a person can do about a database that refuses: told in one line, without a stack. */
import { EaselError } from '../model/errors.ts';
import { isAnyOutage } from './dialect.ts';

const ADVICE: Record<string, string> = {
  ER_ACCESS_DENIED_ERROR: 'is the user or the password wrong?',
  ER_DBACCESS_DENIED_ERROR: 'the user has no rights on this database',
  ER_BAD_DB_ERROR: 'create it first: `create database NAME character set utf8mb4`',
  ECONNREFUSED: 'no server listens there: is it running, and is the port right?',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'the host does not answer',
  SQLITE_FULL: 'its disk is full: free some room',
  SQLITE_READONLY: 'this user may not write the file, or its disk is read-only',
  SQLITE_CANTOPEN_ABSENT:
    'is this the right folder (--home, EASEL_HOME), and is its disk mounted? A new one is made by submit, run, standalone, schedule-waiting and init-schema',
  SQLITE_CANTOPEN: 'is its directory there, and may this user write to it?',
  SQLITE_IOERR: 'its disk is full or broken',
  SQLITE_CORRUPT: 'the file is damaged: restore it from a backup',
  SQLITE_NOTADB: 'the file is something else: is the path right?',
};

/** Anything else, a defect among others, stays what it is. */
export function explainRefusal(error: unknown, where = ''): unknown {
  if (error instanceof EaselError || !(error instanceof Error) || !isFromDatabase(error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const known = Object.keys(ADVICE).find((each) => code === each || code.startsWith(`${each}_`));
  const advice = ADVICE[known ?? ''] ?? (isAnyOutage(error) ? 'it is away or refuses for now' : undefined);
  if (advice === undefined) return error;
  const message = `database${where === '' ? '' : ` ${where}`}: ${error.message || code}: ${advice}`;
  return new EaselError('unavailable', message, { cause: error });
}

/** A broker's connection may be refused too. mysql2 marks its errors with `fatal` or an SQL state. */
function isFromDatabase(error: Error): boolean {
  return 'fatal' in error || 'sqlState' in error || error.name === 'SqliteError';
}

/** Of an error that may have been explained. */
export function isOutage(error: unknown): boolean {
  return isAnyOutage(error instanceof EaselError ? error.cause : error);
}
