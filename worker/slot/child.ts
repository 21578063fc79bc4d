/**
 * The warm child process of a slot: takes one attempt after the other over its IPC channel, and answers each.
 * It lives and dies with the supervisor: when the channel closes it kills its command and itself.
 * Code of tasks runs here, so nothing of the supervisor's is in reach: no database, no credentials, no channel.
 */

import type { LogLine } from '../../core/model/log-lines.ts';
import { runAttempt } from './attempt-run.ts';
import { CommandRegister } from './command-register.ts';
import { captureOutput } from './console-capture.ts';
import { LogBuffer } from './log-buffer.ts';
import { offerToKernel } from './memory-share.ts';
import { SCRATCH_VARIABLE } from './process-group.ts';
import { readCpuMs } from './process-table.ts';
import type { Failure, FromChild, RunMessage, ToChild } from './protocol.ts';
import { placesOf, type Services, toFailure } from './services.ts';

interface Current {
  readonly log: LogBuffer;
  readonly stop: AbortController;
  readonly crash: (failure: Failure) => void;
}

offerToKernel();
const environment = Object.freeze({ ...process.env }) as { [name: string]: string };
const send = takeChannel();
const register = new CommandRegister((pid) => void send({ kind: 'command', pid }));
let current: Current | undefined;
let isPoisoned = false;
const endLines = captureOutput((line) => current?.log.add(line));

process.on('message', (message: ToChild) => {
  if (message.kind === 'stop') current?.stop.abort();
  else void perform(message);
});
process.on('uncaughtException', (error) => {
  if (current === undefined) process.exit(1);
  isPoisoned = true;
  current.crash(toFailure(error));
});
register.watch();

/** Resolves when the message was written. Modules do not see the channel. */
function takeChannel(): (message: FromChild) => Promise<void> {
  const channel = process.send?.bind(process);
  if (channel === undefined)
    throw new Error('this file is the child process of a slot and is not run by hand');
  Object.assign(process, { send: undefined, disconnect: undefined });
  return (message) => new Promise((resolve) => channel(message, undefined, undefined, () => resolve()));
}

async function perform(message: RunMessage): Promise<void> {
  const cpu = readCpuMs('self');
  void send({ kind: 'started', cpuMs: cpu && cpu.own + cpu.children });
  const log = new LogBuffer((lines: LogLine[]) => send({ kind: 'log', lines }), message.logLimit);
  const stop = new AbortController();
  const crashed = new Promise<Failure>((crash) => {
    current = { log, stop, crash };
  });
  const { scratch } = message.request;
  const places = placesOf(scratch);
  Object.assign(process.env, { TMPDIR: places.temporary, [SCRATCH_VARIABLE]: scratch });
  const whileCurrent =
    <T>(take: (value: T) => void) =>
    (value: T) => {
      if (current?.log === log) take(value);
    };
  const services: Services = {
    log: whileCurrent((line) => log.add(line)),
    room: () => log.room(),
    progress: whileCurrent(throttleProgress((fraction) => void send({ kind: 'progress', fraction }))),
    register,
    environment,
    stop: stop.signal,
  };
  const outcome = await runAttempt(message, services, crashed);
  endLines();
  current = undefined;
  process.chdir('/');
  await log.close();
  void send({ kind: 'done', outcome, residentBytes: process.memoryUsage.rss(), poisoned: isPoisoned });
}

/** At most ten reports a second, and the last one (1) always. */
function throttleProgress(report: (fraction: number) => void): (fraction: number) => void {
  let nextAt = 0;
  return (fraction) => {
    const isDue = fraction >= 1 || performance.now() >= nextAt;
    if (!isDue || !Number.isFinite(fraction)) return;
    nextAt = performance.now() + 100;
    report(Math.min(Math.max(fraction, 0), 1));
  };
}
