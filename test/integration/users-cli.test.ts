/** `easel user` and `easel token` as commands; passwords on a real terminal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { isPassword } from '../../core/runtime/password.ts';
import { useToken } from '../../core/store/tokens.ts';
import { readPassword } from '../../core/store/users.ts';
import { createSqliteDatabase, type TestDatabase } from '../support/databases.ts';
import { EaselProcess, runEasel } from '../support/easel.ts';
import { until } from '../support/until.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/easel.js', import.meta.url));
const PASSWORD = 'a password for tests';

const SLOW = 180_000;

describe('users', () => {
  let home: string;
  let made: TestDatabase;
  let database: Database;
  const environment = () => ({ EASEL_HOME: home, EASEL_DATABASE_URL: made.url });
  const easel = (...args: string[]) => runEasel(args, environment());
  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await easel(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };
  const withPassword = async (password: string, ...args: string[]) => {
    const started = new EaselProcess([...args, '--password-stdin'], environment());
    started.child.stdin?.end(password);
    return await started.ended();
  };
  const isRight = async (name: string, password: string) =>
    await isPassword(password, await readPassword(reading(database), name));

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'easel_users_'));
    made = await createSqliteDatabase();
    await good('init-schema');
    database = await openDatabase(made.url);
  });
  afterAll(async () => {
    await database.close();
    await made.drop();
    rmSync(home, { recursive: true, force: true });
  }, SLOW);

  test(
    'users are added, listed, changed and removed',
    async () => {
      expect(await good('user', 'list')).toContain('there are no users');
      const early = await withPassword(PASSWORD, 'user', 'add', 'ben', '--role', 'viewer');
      expect({ code: early.code, says: early.stderr.includes('first user must be an admin') }).toEqual({
        code: 2,
        says: true,
      });
      expect(
        (await withPassword(`${PASSWORD}\nanother line`, 'user', 'add', 'anna', '--role', 'admin')).code,
      ).toBe(0);
      expect(await isRight('anna', PASSWORD)).toBe(true);
      const added = await withPassword(PASSWORD, 'user', 'add', 'ben', '--role', 'viewer', '--json');
      expect(JSON.parse(added.stdout)).toEqual({ name: 'ben', role: 'viewer' });
      expect(await good('user', 'list')).toMatch(/NAME +ROLE +ADDED\nanna +admin .*\nben +viewer/);
      expect(await good('user', 'set-role', 'ben', '--role', 'operator')).toBe('ben is operator now\n');
      expect(await good('user', 'set-role', 'ben', '--role', 'operator')).toBe('ben was operator already\n');
      expect((await withPassword('the second password', 'user', 'set-password', 'ben')).code).toBe(0);
      expect([await isRight('ben', PASSWORD), await isRight('ben', 'the second password')]).toEqual([
        false,
        true,
      ]);
      expect(await good('user', 'remove', 'ben', '--dry-run')).toContain('(dry run: nothing was changed)');
      expect((await easel('user', 'remove', 'ben')).stderr).toContain('add --yes');
      expect(JSON.parse(await good('user', 'remove', 'ben', '--yes', '--json'))).toMatchObject({
        name: 'ben',
        tokens: 0,
      });
      expect(JSON.parse(await good('user', 'list', '--json'))).toMatchObject([
        { name: 'anna', role: 'admin' },
      ]);
      const rows = await database.kysely.selectFrom('audit').select('action').orderBy('id').execute();
      expect(rows.map(({ action }) => action)).toEqual([
        ...['user-add', 'user-add', 'user-set-role', 'user-set-password', 'user-remove'],
      ]);
    },
    SLOW,
  );

  test(
    'what cannot be is refused, and nothing is changed',
    async () => {
      const refused = [
        [PASSWORD, ['add', 'anna', '--role', 'viewer'], 1, 'there is a user anna already'],
        ['too short', ['add', 'carl', '--role', 'viewer'], 2, 'at least 10 characters'],
        ['', ['add', 'carl', '--role', 'viewer'], 2, 'first line is empty'],
        [PASSWORD, ['add', 'c l', '--role', 'viewer'], 2, 'a user name has'],
        [PASSWORD, ['add', 'carl', '--role', 'root'], 2, 'Allowed choices'],
        [PASSWORD, ['add', 'carl'], 2, '--role'],
        [PASSWORD, ['set-password', 'carl'], 1, 'there is no user carl'],
      ] as const;
      await Promise.all(
        refused.map(async ([password, args, code, says]) => {
          const ended = await withPassword(password, 'user', ...args);
          const said = ended.stderr.includes(says) ? says : ended.stderr;
          expect({ args, code: ended.code, says: said }).toEqual({ args, code, says });
        }),
      );
      expect((await easel('user', 'add', 'carl', '--role', 'viewer')).stderr).toContain('--password-stdin');
      for (const args of [
        ['remove', 'anna', '--yes'],
        ['remove', 'anna', '--dry-run'],
        ['set-role', 'anna', '--role', 'viewer'],
      ])
        expect((await easel('user', ...args)).stderr).toContain('only admin');
      expect(JSON.parse(await good('user', 'list', '--json'))).toHaveLength(1);
    },
    SLOW,
  );

  test(
    'tokens are made, shown once, listed and revoked',
    async () => {
      const added = await easel(
        'token',
        'add',
        '--user',
        'anna',
        '--name',
        'nightly',
        '--role',
        'viewer',
        '--expires',
        '90',
      );
      expect(added.stdout).toMatch(/^easel_[0-9A-Za-z]{43}\n$/);
      expect(added.stderr).toContain('it is not shown again');
      const secret = added.stdout.trim();
      expect(await useToken(reading(database), secret)).toEqual({ user: 'anna', role: 'viewer' });
      const listed = await good('token', 'list', '--json');
      expect(listed).not.toContain(secret.slice(6));
      const [token] = JSON.parse(listed) as { id: number }[];
      expect(await good('token', 'list')).toMatch(/anna +nightly +viewer/);
      expect(await good('token', 'revoke', String(token?.id), '--dry-run')).toContain('would be revoked');
      await good('token', 'revoke', String(token?.id), '--yes');
      expect(await useToken(reading(database), secret)).toBeUndefined();
      for (const [args, says] of [
        [['add', '--user', 'nobody', '--name', 'x'], 'there is no user nobody'],
        [['add', '--user', 'anna', '--name', ' '], 'says what it is for'],
        [['add', '--user', 'anna', '--name', 'x', '--expires', '0'], 'days'],
        [['revoke', '999', '--yes'], 'there is no token 999'],
      ] as const)
        expect((await easel('token', ...args)).stderr).toContain(says);
    },
    SLOW,
  );

  test(
    'each has a help with an example',
    async () => {
      const subs = ['user add', 'user list', 'user set-role', 'user set-password', 'user remove'];
      await Promise.all(
        [...subs, 'token add', 'token list', 'token revoke'].map(async (name) =>
          expect(await good(...name.split(' '), '--help')).toMatch(
            new RegExp(`Examples?:\\n  easel ${name}`),
          ),
        ),
      );
    },
    SLOW,
  );
});

test(
  'a password is typed twice on the terminal, and not shown',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'easel_users_'));
    const environment = { ...process.env, EASEL_HOME: home };
    await runEasel(['init-schema'], environment);
    /** What the terminal shows when each answer is typed after its question; `script` is the terminal. */
    const typing = async (...answers: string[]) => {
      const command = `${process.execPath} ${LAUNCHER} user add anna --role admin`;
      const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: environment });
      let shown = '';
      terminal.stdout.on('data', (part: Buffer) => {
        shown += part.toString();
      });
      const ended = once(terminal, 'close');
      const questions = ['New password: ', 'The same again: '];
      for (const [at, answer] of answers.entries()) {
        await until(() => shown.includes(questions[at] ?? ''), { timeoutMs: 20_000, message: () => shown });
        terminal.stdin.write(answer);
      }
      const [code] = (await ended) as [number];
      return { code, shown };
    };
    try {
      const different = await typing(`${PASSWORD}\r`, 'another one of ten\r');
      expect(different).toMatchObject({ code: 2, shown: expect.stringContaining('not the same') });
      const stopped = await typing('a pass\u0003');
      expect(stopped).toMatchObject({
        code: 2,
        shown: expect.stringContaining('stopped; nothing was changed'),
      });
      const { code, shown } = await typing(`${PASSWORD}\r`, `${PASSWORD}\r`);
      expect({ code, shown }).toMatchObject({
        code: 0,
        shown: expect.stringContaining('anna was added as admin'),
      });
      for (const each of [different, stopped, { shown }]) expect(each.shown).not.toContain('a pass');
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
  SLOW,
);
