import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { LogLine } from '../../core/model/log-lines.ts';
import type { AttemptRequest } from '../../worker/attempt.ts';
import { readPeakBytes } from '../../worker/slot/process-table.ts';
import {
  behave,
  isAlive,
  makeRequest,
  makeScratch,
  makeSlot,
  makeType,
  Recorder,
  run,
  shellRequest,
} from './fixtures/slot/harness.ts';

const warm = makeSlot();
const FIXTURES = join(import.meta.dirname, 'fixtures/slot');

function commandRequest(
  command: string[],
  fields: Partial<AttemptRequest> = {},
  more: object = {},
): AttemptRequest {
  const settings = JSON.stringify({ command, ...more });
  return makeRequest(makeType('command'), { settings, ...fields });
}

test('a command finds its task in EASEL_TASK, numbers as they were written', async () => {
  const input = (name: string) => ({ path: `/data/${name}`, name, metadata: { mes: 7.5 } });
  const request = shellRequest('cp "$EASEL_TASK" {outputs.copy}', {
    metadata: '{"planet_radius":1.0,"planet_radius_index":0}',
    requestedMetadata: '{"search":{"power":1e-07}}',
    inputs: { curve: [input('a.gz')], all: [input('b.gz'), input('c.gz')], matches: [input('d.gz')] },
    lists: ['all', 'matches'],
    outputs: { copy: 'task copy.json' },
  });
  const outcome = await run(warm, request);
  expect(outcome.error).toBeUndefined();
  const text = readFileSync(outcome.products[0]?.path ?? '', 'utf8');
  expect(text).toMatch('"planet_radius":1.0,"planet_radius_index":0');
  expect(JSON.parse(text)).toMatchObject({
    task: 'command',
    description: { shell: true },
    requested_metadata: { search: { power: 1e-7 } },
    inputs: { curve: '/data/a.gz', all: ['/data/b.gz', '/data/c.gz'], matches: ['/data/d.gz'] },
    input_metadata: { curve: { mes: 7.5 }, all: [{ mes: 7.5 }, { mes: 7.5 }], matches: [{ mes: 7.5 }] },
    outputs: { copy: join(request.scratch, 'outputs/task copy.json') },
    seed: 42,
    attempt: 1,
    scratch: join(request.scratch, 'work'),
  });
});

test('it runs in an empty directory with nothing to read on stdin', async () => {
  const recorder = new Recorder();
  const request = shellRequest('pwd; ls -A | wc -l; wc -c');
  expect((await run(warm, request, recorder)).succeeded).toBe(true);
  expect(recorder.lines.map((line) => line.message.trim())).toEqual([
    join(request.scratch, 'work'),
    '0',
    '0',
  ]);
});

test('metadata from a command keeps the kinds of its numbers', async () => {
  const command = `echo '{{"period": 3.0, "count": 2, "depth": 4, "ok": true}}' > "$EASEL_METADATA"`;
  const type = makeType('search', { command, metadata: { depth: 'float' } });
  const outcome = await run(warm, makeRequest(type, { settings: '{"shell": true}' }));
  expect(outcome).toMatchObject({
    succeeded: true,
    metadata: '{"period":3.0,"count":2,"depth":4.0,"ok":true}',
  });
});

test.each([
  ['echo "[1]" > "$EASEL_METADATA"', 'EASEL_METADATA holds a list; it must be a JSON object'],
  [`echo '{{"a": NaN}}' > "$EASEL_METADATA"`, /is not JSON: [\s\S]*\(JSON has no NaN and no Infinity/],
  [
    `echo '{{"a": {{"b": 1}}}}' > "$EASEL_METADATA"`,
    "metadata key 'a' is an object; it must be a number, string",
  ],
  ['head -c 1100000 /dev/zero > "$EASEL_METADATA"', 'EASEL_METADATA has 1100000 bytes; 1 MiB is allowed'],
  ['mkfifo "$EASEL_METADATA"', 'EASEL_METADATA is not a regular file'],
  ['ln -s /etc/passwd "$EASEL_METADATA"', /EASEL_METADATA cannot be read: .*ELOOP/],
])('metadata that breaks the contract fails the attempt: %s', async (command, reason) => {
  const outcome = await run(warm, shellRequest(command));
  expect(outcome).toMatchObject({ succeeded: false, exitClass: 'error', metadata: '{}' });
  expect(outcome.error).toMatch(reason);
});

test('an exit status is a failure with the last messages', async () => {
  const outcome = await run(warm, shellRequest('echo fine; echo first >&2; echo no convergence >&2; exit 4'));
  expect(outcome).toMatchObject({ exitClass: 'exit', exitCode: 4, succeeded: false });
  expect(outcome.error).toBe(
    'the command ended with exit status 4; its last messages:\nfirst\nno convergence',
  );
});

test('death by a signal is its own class', async () => {
  const outcome = await run(warm, shellRequest('kill -SEGV $$'));
  expect(outcome).toMatchObject({ exitClass: 'signal', signal: 'SIGSEGV', exitCode: undefined });
});

test('a command written in Node that fills its heap is out of memory', async () => {
  const code = 'const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length))';
  const outcome = await run(warm, commandRequest([process.execPath, '--max-old-space-size=40', '-e', code]));
  expect(outcome.error).toMatch(/heap out of memory/);
  expect(outcome.exitClass).toBe('oom');
});

test.runIf(process.platform === 'linux')('a command is what the kernel ends first for memory', async () => {
  const recorder = new Recorder();
  await run(warm, shellRequest('cat /proc/self/oom_score_adj'), recorder);
  expect(recorder.text).toBe('info: 1000');
  expect(readFileSync('/proc/self/oom_score_adj', 'utf8').trim()).not.toBe('1000');
});

test('a program that does not exist says so', async () => {
  const outcome = await run(warm, commandRequest(['no-such-program']));
  expect(outcome).toMatchObject({
    exitClass: 'error',
    error: "cannot start 'no-such-program': there is no such program in PATH",
  });
});

test('lines arrive while the command still runs, with their levels', async () => {
  const recorder = new Recorder();
  const command = `echo one; echo two >&2; echo '{{"level":"WARN","message":"three"}}'; while [ ! -e go ]; do sleep 0.05; done; printf four`;
  const request = shellRequest(command);
  const running = run(warm, request, recorder);
  await recorder.find(/three/);
  expect(recorder.text.split('\n').sort()).toEqual(['info: one', 'warning: three', 'warning: two']);
  writeFileSync(join(request.scratch, 'work/go'), '');
  expect((await running).succeeded).toBe(true);
  expect(recorder.lines.at(-1)).toMatchObject({ level: 'info', message: 'four' });
});

test('a flood of bytes without lines stays bounded', async () => {
  const slot = makeSlot();
  const recorder = new Recorder();
  expect((await run(slot, shellRequest('head -c 100000000 /dev/zero'), recorder)).succeeded).toBe(true);
  const bytes = recorder.lines.reduce((sum, line) => sum + line.message.length, 0);
  expect(bytes).toBeLessThan(18 * 1024 ** 2);
  expect(Math.max(...recorder.lines.map((line) => line.message.length))).toBe(16_384);
  expect(readPeakBytes(slot.pid ?? 0)).toBeLessThan(400_000_000);
});

test('a program that prints faster than its lines are taken has to wait', async () => {
  const slot = makeSlot({ logLimit: { lines: 10_000_000, bytes: 1_000_000_000 } });
  let bytes = 0;
  const onLog = (lines: readonly LogLine[]) => {
    for (const line of lines) bytes += line.message.length + 1;
  };
  await slot.run(shellRequest('yes "a line of some length, as programs print" | head -c 60000000'), {
    onLog,
    onProgress: () => {},
  });
  expect(bytes).toBeGreaterThanOrEqual(60_000_000);
  expect(readPeakBytes(slot.pid ?? 0)).toBeLessThan(400_000_000);
});

test('a million lines stay bounded and keep their end', async () => {
  const slot = makeSlot();
  const recorder = new Recorder();
  expect((await run(slot, shellRequest('seq 1 1000000'), recorder)).succeeded).toBe(true);
  expect(recorder.lines).toHaveLength(100_051);
  expect(recorder.lines.at(-51)?.message).toMatch(/899950 lines were left out/);
  expect(recorder.lines.at(-1)?.message).toBe('1000000');
  expect(readPeakBytes(slot.pid ?? 0)).toBeLessThan(400_000_000);
});

test('a long line is cut between characters, and bytes that are no text are replaced', async () => {
  const recorder = new Recorder();
  const code = `process.stdout.write('€'.repeat(20000) + '\\n'); process.stdout.write(Buffer.from([0x61, 0xff, 0x0a]))`;
  await run(warm, commandRequest([process.execPath, '-e', '{settings.code}'], {}, { code }), recorder);
  const messages = recorder.lines.map((line) => line.message);
  expect(messages.map((message) => message.length)).toEqual([5_461, 5_461, 5_461, 3_617, 2]);
  expect(messages.slice(0, 4).join('')).toBe('€'.repeat(20_000));
  expect(messages[4]).toBe('a\ufffd');
});

test('cancelling ends grandchildren that ignore SIGTERM', async () => {
  const recorder = new Recorder();
  const command = `sh -c 'trap "" TERM; echo sleeper $$; while :; do sleep 0.1; done' & wait`;
  const running = run(warm, shellRequest(command), recorder);
  const pid = await recorder.find(/sleeper (\d+)/);
  recorder.cancel();
  expect(await running).toMatchObject({ exitClass: 'cancelled' });
  expect(isAlive(pid)).toBe(false);
});

test('a command hears SIGTERM before it is killed', async () => {
  const slot = makeSlot({ killGraceMs: 60_000 });
  const recorder = new Recorder();
  const command = `trap 'echo stopping; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;
  const running = run(slot, shellRequest(command), recorder);
  await recorder.find(/ready/);
  recorder.cancel();
  expect(await running).toMatchObject({ exitClass: 'cancelled' });
  expect(recorder.text).toMatch(/stopping/);
});

test('a process that left the command’s group is found and ended too', async () => {
  const recorder = new Recorder();
  const running = run(warm, commandRequest([process.execPath, join(FIXTURES, 'escape.ts')]), recorder);
  const pid = await recorder.find(/escaped (\d+)/);
  recorder.cancel();
  await running;
  expect(isAlive(pid)).toBe(false);
});

test('what a command leaves running in the background ends with it', async () => {
  const recorder = new Recorder();
  const outcome = await run(warm, shellRequest('sleep 1000 & echo left $!'), recorder);
  expect(outcome.succeeded).toBe(true);
  expect(isAlive(await recorder.find(/left (\d+)/))).toBe(false);
  expect(recorder.text).toMatch(/warning: the command ended and left processes behind/);
});

test('a command that outlives its timeout is ended, its processor time counted', async () => {
  const recorder = new Recorder(300);
  const outcome = await run(warm, shellRequest('echo pid $$; while :; do :; done'), recorder);
  expect(outcome.exitClass).toBe('timeout');
  expect(outcome.usage.cpuMs).toBeGreaterThan(50);
  expect(isAlive(await recorder.find(/pid (\d+)/))).toBe(false);
});

test.each([
  ['a command', shellRequest('echo task $$; sleep 1000')],
  ['a module in an endless loop', behave('loopSaying')],
])('the death of the supervisor ends %s at once', async (_name, request) => {
  const supervisor = spawn(process.execPath, [join(FIXTURES, 'supervisor.ts'), JSON.stringify(request)]);
  const printed: string[] = [];
  supervisor.stdout.on('data', (chunk) => printed.push(String(chunk)));
  await vi.waitFor(() => expect(printed.join('')).toMatch(/task \d+|begins/), {
    timeout: 10_000,
    interval: 5,
  });
  const pids = [...printed.join('').matchAll(/(?:child|task) (\d+)/g)].map((match) => match[1] ?? '');
  expect(pids.map(isAlive)).not.toContain(false);
  const ended = once(supervisor, 'exit');
  supervisor.kill('SIGKILL');
  await ended;
  await vi.waitFor(() => expect(pids.map(isAlive)).not.toContain(true), { timeout: 5_000, interval: 5 });
});

test('the environment of a command holds nothing of the worker’s own', async () => {
  vi.stubEnv('EASEL_DATABASE_URL', 'mysql://user:pw@host/db');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  const recorder = new Recorder();
  const slot = makeSlot();
  await run(slot, shellRequest('env; ls /proc/self/fd'), recorder);
  vi.unstubAllEnvs();
  expect(recorder.text).not.toMatch(/mysql|SECRET|NODE/);
  const easel = recorder.text.match(/EASEL_\w+/g)?.toSorted();
  expect(easel).toEqual(['EASEL_METADATA', 'EASEL_SCRATCH', 'EASEL_TASK']);
  expect(recorder.text.split('\n')).not.toContain('info: 4');
});

test('usage is what the command used', async () => {
  const burnt = await run(warm, shellRequest('i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done'));
  expect(burnt.usage.cpuMs).toBeGreaterThan(50);
  expect(burnt.usage.cpuMs).toBeLessThan(burnt.usage.wallMs + 50);
  const code = 'const b = Buffer.alloc(100e6, 1); const end = Date.now() + 300; while (Date.now() < end);';
  const large = await run(warm, commandRequest([process.execPath, '-e', code]));
  expect(large.usage.peakMemoryBytes).toBeGreaterThan(100_000_000);
  expect(large.usage.peakMemoryBytes).toBeLessThan(400_000_000);
});

test('many commands leave nothing open in the warm process', async () => {
  const slot = makeSlot();
  await run(slot, commandRequest(['true']));
  const count = () => readdirSync(`/proc/${slot.pid}/fd`).length;
  const before = count();
  for (let time = 0; time < 20; time++) await run(slot, commandRequest(['true'], { scratch: makeScratch() }));
  expect(count()).toBeLessThan(before + 5);
});
