/**
 * The launcher, in front of a program of a few lines: whatever Node the system has, the program gets the arguments, the streams
 * and the signals, and its end is the launcher's end. Where the system's Node is too old, this is the bundled Node's work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = `
const what: string = process.argv[2] ?? '';
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => { console.log(name); process.exit(7); });
if (what === 'wait') { console.log('waiting'); setInterval(() => undefined, 1000); }
if (what === 'version') console.log(process.versions.node.split('.')[0]);
if (what === 'echo') { console.log(JSON.stringify(process.argv.slice(3))); process.stdin.pipe(process.stdout); }
if (what === 'fail') { console.error('no'); process.exitCode = 5; }
if (what === 'die') process.kill(process.pid, 'SIGKILL');
`;

let place = '';

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'easel_test_launcher_'));
  await mkdir(join(place, 'scripts'));
  await copyFile(join(root, 'scripts/easel.js'), join(place, 'scripts/easel.js'));
  await writeFile(join(place, 'package.json'), '{"type":"module"}');
  await writeFile(join(place, 'easel.ts'), program);
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
});

afterAll(() => rm(place, { recursive: true, force: true }));

/** Starts the launcher under the Node that the system has, not the one that npm put before it on the PATH. */
function launch(args: string[]) {
  const parts = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const env = { ...process.env, PATH: parts.join(delimiter) };
  return spawn('node', [join(place, 'scripts/easel.js'), ...args], { env, stdio: 'pipe' });
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}

test('runs the program under a Node that can run it', async () => {
  expect(Number(await text(launch(['version']).stdout))).toBeGreaterThanOrEqual(24);
});

test('hands over arguments and streams as they are', async () => {
  const child = launch(['echo', 'a b', '--', '--set', "x='1'"]);
  child.stdin.end('from stdin');
  expect(await text(child.stdout)).toBe(`["a b","--","--set","x='1'"]\nfrom stdin`);
});

test("ends with the program's exit code", async () => {
  const child = launch(['fail']);
  expect(await endOf(child)).toEqual({ code: 5, signal: null });
});

test("dies of the program's signal", async () => {
  expect(await endOf(launch(['die']))).toEqual({ code: null, signal: 'SIGKILL' });
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'passes %s on to the program, and waits for its end',
  async (signal) => {
    const child = launch(['wait']);
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    const answer = once(lines, 'line');
    child.kill(signal);
    expect(await answer).toEqual([signal]);
    expect(await endOf(child)).toEqual({ code: 7, signal: null });
  },
);

test('says in one line what to do when there is no Node that can run the program', async () => {
  await unlink(join(place, 'node_modules'));
  const child = launch(['fail']);
  const [end, message] = await Promise.all([endOf(child), text(child.stderr)]);
  const isSystemNodeOld = end.code === 2;
  expect(message).toMatch(
    isSystemNodeOld ? /^easel: Easel needs Node 24 or newer, and this is .*install Node 24.*\n$/ : /^no\n$/,
  );
  expect(end.code).toBe(isSystemNodeOld ? 2 : 5);
});
