/**
 * Passwords: typed twice on the terminal, where nothing of them is shown, or one line of standard input. Never an argument, which
 * every process of the machine could read.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EaselError } from '../model/errors.ts';

/** @param fromStdin as `--password-stdin` says */
export async function readNewPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return await readLine();
  if (!process.stdin.isTTY)
    throw new EaselError(
      'usage',
      'there is no terminal to type the password on: give it with --password-stdin',
    );
  const [password = '', again] = await askUnseen(['New password: ', 'The same again: ']);
  if (password !== again)
    throw new EaselError('usage', 'the two passwords are not the same; nothing was changed');
  return password;
}

async function readLine(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  const line = Buffer.concat(parts).toString().split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new EaselError('usage', 'standard input holds no password: its first line is empty');
  return line;
}

/** The terminal is in raw mode from before the first question to the last answer, and what it would echo goes nowhere. */
async function askUnseen(questions: readonly string[]): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const stop = new AbortController();
  for (const event of ['SIGINT', 'close'] as const) terminal.on(event, () => stop.abort());
  const answers: string[] = [];
  try {
    for (const question of questions) {
      process.stderr.write(question);
      answers.push(await terminal.question('', { signal: stop.signal }));
      process.stderr.write('\n');
    }
    return answers;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('\n');
    throw new EaselError('usage', 'stopped; nothing was changed');
  } finally {
    terminal.close();
  }
}
