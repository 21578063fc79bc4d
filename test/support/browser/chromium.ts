/** The browser of the tests: a Chromium of this machine. Where there is none and we may, Debian's is installed. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALLING_MS = 600_000;

/** The path of the program: what CHROMIUM says, else the first that is found. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CHROMIUM, PATH = '' } = environment;
  if (CHROMIUM !== undefined && CHROMIUM !== '') {
    if (isProgram(CHROMIUM)) return CHROMIUM;
    throw new Error(`CHROMIUM is ${CHROMIUM}, and that is no program that can be run`);
  }
  const directories = [...new Set(['/usr/bin', ...PATH.split(delimiter)])].filter((each) => each !== '');
  const paths = NAMES.flatMap((name) => directories.map((directory) => join(directory, name)));
  return paths.find(isProgram);
}

/** Before the first test: answers where the browser is, installs it where that is possible, or says what to do. */
export async function ensureChromium(say: (line: string) => void): Promise<string> {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new Error(ADVICE);
  say('no Chromium: installing the one of Debian');
  try {
    const options = { timeout: INSTALLING_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update'], options);
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], options);
  } catch (error) {
    throw new Error(`${ADVICE} apt-get did not: ${error instanceof Error ? error.message : error}`);
  }
  const installed = findChromium();
  if (installed === undefined) throw new Error(ADVICE);
  return installed;
}

const ADVICE =
  'The tests of the dashboard need Chromium: install it (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to its path.';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
