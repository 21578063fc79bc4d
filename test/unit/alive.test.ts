/** The sign of life of a daemon, and the health check that looks for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showAlive } from '../../core/runtime/alive.ts';

let place = '';
let file = '';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'easel_test_alive_'));
  file = join(place, 'alive');
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(place, { recursive: true, force: true });
});

const age = (seconds: number) => utimesSync(file, Date.now() / 1_000 - seconds, Date.now() / 1_000 - seconds);
const seconds = () => (Date.now() - statSync(file).mtimeMs) / 1_000;

function check(environment: Record<string, string>) {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/healthy.js'], {
    env: environment,
    encoding: 'utf8',
  });
  return { status, says: stdout.trim() };
}

test('is a file that is written again and again until the end', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const end = showAlive(file);
  for (const _turn of [1, 2]) {
    age(600);
    vi.advanceTimersByTime(20_000);
    expect(seconds()).toBeLessThan(60);
  }
  rmSync(file);
  vi.advanceTimersByTime(20_000);
  expect(existsSync(file)).toBe(true);
  rmSync(place, { recursive: true });
  vi.advanceTimersByTime(20_000); // a sign that cannot be given is no reason to fall over
  end();
  expect(vi.getTimerCount()).toBe(0);
});

test('is not given where nobody looks, and a place that cannot be is said at once', () => {
  showAlive(undefined)();
  showAlive('')();
  expect(() => showAlive(join(place, 'no', 'such', 'directory'))).toThrow(/ENOENT/);
});

test('the check ends with 0 while the sign is young, and else says why', () => {
  showAlive(file)();
  expect(check({ EASEL_ALIVE_FILE: file })).toEqual({ status: 0, says: '' });
  age(80);
  expect(check({ EASEL_ALIVE_FILE: file }).status).toBe(0);
  age(120);
  expect(check({ EASEL_ALIVE_FILE: file })).toEqual({ status: 1, says: 'no sign of life for 120 s' });
  rmSync(file);
  expect(check({ EASEL_ALIVE_FILE: file })).toEqual({ status: 1, says: `there is no ${file} yet` });
  expect(check({})).toEqual({ status: 1, says: 'EASEL_ALIVE_FILE does not name a file' });
});
