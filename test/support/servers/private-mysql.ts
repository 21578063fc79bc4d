/**
 * A MariaDB or MySQL server of the run's own, from the programs of this machine, with durable defaults: nothing but the place,
 * the port and the socket is set, so that tests meet the settings that people have.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MysqlAccess } from './access.ts';
import type { Holdings } from './holdings.ts';
import { checkMysql } from './mysql.ts';
import {
  createHome,
  findFreePort,
  findIdentity,
  findProgram,
  type Identity,
  killProcess,
  startServer,
  waitForAnswer,
} from './programs.ts';

const initializeMs = 120_000;
const runFile = promisify(execFile);

export interface PrivateMysql extends MysqlAccess {
  version: string;
  socketPath: string;
  /** Without warning: what was committed must be there after the next start. */
  kill(): Promise<void>;
  /** Starts it again, at the same place, after a kill. */
  start(): Promise<void>;
}

export function findMysqlProgram(): string | null {
  return findProgram(['mariadbd', 'mysqld']);
}

/** @param parent the directory in which its own is made */
export async function startPrivateMysql(
  holdings: Holdings,
  program: string,
  parent?: string,
): Promise<PrivateMysql> {
  const identity = findIdentity();
  const home = createHome(holdings, identity, parent);
  const data = join(home, 'data');
  const socketPath = join(home, 'mysql.sock');
  await initialize(program, { home, data, identity });
  const port = await findFreePort();
  writeFileSync(join(home, 'init.sql'), initialStatements, { mode: 0o644 });
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(home, 'mysql.pid')}`,
    `--init-file=${join(home, 'init.sql')}`,
  ];
  const adminUrl = `mysql://root@127.0.0.1:${port}`;
  const launch = () => startServer(holdings, { program, args, home, identity });
  const answer = () => waitForAnswer(child, home, () => checkMysql(adminUrl));
  let child = launch();
  return {
    ...{ adminUrl, socketPath, version: await answer() },
    kill: () => killProcess(child),
    start: async () => {
      child = launch();
      await answer();
    },
  };
}

// One statement to a line. A fresh server may know root at `localhost` only, and whether 127.0.0.1 counts as that depends on its resolver.
const initialStatements =
  "create user if not exists 'root'@'127.0.0.1';\ngrant all on *.* to 'root'@'127.0.0.1' with grant option;\n";

async function initialize(
  program: string,
  place: { home: string; data: string; identity: Identity },
): Promise<void> {
  const installer = program.endsWith('mariadbd')
    ? findProgram(['mariadb-install-db', 'mysql_install_db'])
    : null;
  const options = { ...place.identity, cwd: place.home, timeout: initializeMs };
  if (installer === null) {
    await runFile(program, ['--no-defaults', '--initialize-insecure', `--datadir=${place.data}`], options);
    return;
  }
  const args = [
    '--no-defaults',
    `--datadir=${place.data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  await runFile(installer, args, options);
}
