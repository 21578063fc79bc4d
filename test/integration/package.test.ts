/**
 * The package as a stranger gets it: packed, installed into an empty prefix, and run from an empty directory by whatever Node the
 * system has, which may be too old for Easel. Packing builds into `dist/`, so it is done in a copy of the files that git knows.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const runFile = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const installMs = 300_000;

let place = '';
let packed: string[] = [];

/** The PATH as a stranger has it: without the programs that npm adds for this project. */
function systemPath(): string {
  const parts = (process.env.PATH ?? '').split(delimiter);
  return parts.filter((directory) => !directory.includes('node_modules')).join(delimiter);
}

async function run(
  program: string,
  args: string[],
  cwd: string,
  home = process.env.HOME ?? place,
): Promise<string> {
  const env = { PATH: systemPath(), HOME: home, CI: 'true' };
  const { stdout } = await runFile(program, args, {
    cwd,
    env,
    timeout: installMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

async function copyProject(to: string): Promise<void> {
  const listed = await run(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    root,
  );
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    // A file that git still lists may have been deleted in the checkout.
    await copyFile(join(root, file), join(to, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'));
}

const easel = (args: string[]): Promise<string> =>
  run(join(place, 'prefix/bin/easel'), args, join(place, 'empty'), join(place, 'empty'));

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'easel_test_package_'));
  for (const directory of ['project', 'empty', 'prefix', 'packed']) await mkdir(join(place, directory));
  await copyProject(join(place, 'project'));
  const report = await run(
    'npm',
    ['pack', '--json', '--pack-destination', join(place, 'packed')],
    join(place, 'project'),
  );
  packed = listPacked(report);
  const [tarball = ''] = await readdir(join(place, 'packed'));
  const quick = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  // A prefix of one's own moves npm's global configuration there, and with it the machine's certificates and proxies are lost.
  const ofMachine = (await run('npm', ['config', 'get', 'globalconfig'], place)).trim();
  const where = ['--global', '--prefix', join(place, 'prefix'), '--globalconfig', ofMachine];
  await run('npm', ['install', ...where, ...quick, join(place, 'packed', tarball)], place);
}, installMs);

afterAll(() => rm(place, { recursive: true, force: true }));

// What the build prints comes before the report.
function listPacked(report: string): string[] {
  const [first] = JSON.parse(report.slice(report.indexOf('[\n'))) as { files: { path: string }[] }[];
  return (first?.files ?? []).map((file) => file.path);
}

describe('the package', () => {
  test('holds the compiled program with what it reads, and neither sources nor tests', () => {
    expect(packed).toEqual(expect.arrayContaining(['dist/easel.js', 'scripts/easel.js']));
    expect(packed).toEqual(
      expect.arrayContaining(['dist/worker/task-types.yaml', 'demo_jobs/hello.json', 'README.md', 'LICENSE']),
    );
    expect(packed.some((path) => /^schema\/.*[.]sql$/.test(path))).toBe(true);
    expect(packed.filter((path) => /[.]ts$|^test\/|^docs\//.test(path))).toEqual([]);
  });

  test('tells its version from an empty directory', async () => {
    expect(await easel(['--version'])).toMatch(/^\d+[.]\d+[.]\d+/);
  });

  test('validates a job file that came with it', async () => {
    const demo = join(place, 'prefix/lib/node_modules/easel/demo_jobs/hello.json');
    await expect(easel(['validate', demo])).resolves.toBeTypeOf('string');
  });

  test('runs a job with the embedded database and its own task types', async () => {
    const demo = join(place, 'prefix/lib/node_modules/easel/demo_jobs/hello.json');
    await expect(easel(['run', demo])).resolves.toBeTypeOf('string');
  });
});
