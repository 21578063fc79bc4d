/** Takes the write lock of a SQLite database and holds it for a while. Usage: node hold-lock.ts FILE MILLISECONDS */
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';

const [file = '', milliseconds = '0'] = process.argv.slice(2);
const database = new Sqlite(file, { timeout: 10_000 });
database.exec('begin immediate');
await delay(Number(milliseconds));
database.exec('rollback');
database.close();
