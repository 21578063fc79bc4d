/** A dashboard on a port of its own, with users, and browsers that have logged in without asking for a password. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../core/db/migrate.ts';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { transact } from '../../core/db/transaction.ts';
import { type Installation, openInstallation } from '../../core/installation.ts';
import type { Role } from '../../core/model/roles.ts';
import { silent } from '../../core/runtime/events.ts';
import { loadSettings, type SettingsOverrides } from '../../core/runtime/settings.ts';
import { Ids } from '../../core/store/ids.ts';
import { addToken } from '../../core/store/tokens.ts';
import { webParts } from '../../web/parts.ts';
import { WebServer } from '../../web/server.ts';
import { createSqliteDatabase, type DatabaseMaker } from './databases.ts';
import { addPerson, PASSWORD, sessionCookie } from './sessions.ts';
import { WebClient } from './web-client.ts';

interface Wish extends Partial<Pick<DatabaseMaker, 'create'>> {
  readonly host?: string;
  readonly settings?: SettingsOverrides;
  readonly users?: Readonly<Record<string, Role>>;
}

export { PASSWORD };

export interface Dashboard {
  readonly installation: Installation;
  readonly database: Database;
  readonly url: string;
  /** A browser that nobody has logged in with. */
  browser(): WebClient;
  /** One in which this user has a session. */
  loggedIn(user: string): Promise<WebClient>;
  token(user: string, role?: Role): Promise<string>;
  close(): Promise<void>;
}

export async function openDashboard({
  create = createSqliteDatabase,
  host = '127.0.0.1',
  settings = {},
  users = {},
}: Wish = {}): Promise<Dashboard> {
  const home = mkdtempSync(join(tmpdir(), 'easel_dashboard_'));
  const made = await create();
  await prepare(made.url, users);
  const installation = await openInstallation(
    loadSettings({ ...settings, home, database_url: made.url }, {}),
  );
  const { database } = installation;
  const server = await WebServer.start(webParts(installation), silent, { host, port: 0 });
  const browser = () => new WebClient(server.url);
  return {
    ...{ installation, database, url: server.url, browser },
    async loggedIn(user) {
      const client = browser();
      const { name, value } = await sessionCookie(database, user, server.url);
      client.cookies.set(name, value);
      return client;
    },
    async token(user, role) {
      const wish = { user, name: 'a program', role, person: 'tester' };
      return (await transact(database, (trx) => addToken(trx, new Ids(database, 1), wish))).secret;
    },
    async close() {
      await server.stop();
      await database.close();
      await made.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function prepare(url: string, users: Readonly<Record<string, Role>>): Promise<void> {
  const database = await openDatabase(url);
  try {
    await migrate(database);
    for (const [name, role] of Object.entries(users)) await addPerson(database, name, role);
  } finally {
    await database.close();
  }
}
