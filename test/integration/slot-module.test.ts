import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { listTaskProcesses } from '../../worker/slot/process-group.ts';
import { runOnce } from '../../worker/slot/run-once.ts';
import {
  behave,
  isAlive,
  makeScratch,
  makeSlot,
  moduleRequest,
  Recorder,
  run,
} from './fixtures/slot/harness.ts';

const warm = makeSlot();

test('a module reads its inputs, writes its outputs and publishes metadata', async () => {
  const path = join(makeScratch(), 'curve.gz');
  writeFileSync(path, 'flux');
  const recorder = new Recorder();
  const request = behave(
    'copy',
    { inputs: { in: [{ path, name: 'curve.gz', metadata: {} }] }, outputs: { out: 'copy.gz' } },
    { metadata: { ratio: 'float' } },
  );
  const outcome = await run(warm, request, recorder);
  expect(outcome).toMatchObject({
    succeeded: true,
    metadata: '{"copied":1,"ratio":2.0,"label":"x","fine":true,"nothing":null}',
  });
  expect(outcome.error).toBeUndefined();
  const product = outcome.products[0];
  expect(product).toMatchObject({ output: 'out', fileName: 'copy.gz', size: 4, passed: true });
  expect(product?.sha256).toBe(createHash('sha256').update('flux').digest('hex'));
  expect(readFileSync(product?.path ?? '', 'utf8')).toBe('flux');
  expect(recorder.text).toBe('info: copies curve.gz');
  expect(recorder.fractions).toEqual([0.5]);
});

test('one warm process serves attempt after attempt, each in its own empty directory', async () => {
  const requests = [behave('pid'), behave('pid')];
  const seen = [];
  for (const request of requests) seen.push(JSON.parse((await run(warm, request)).metadata));
  expect(seen[0].pid).toBe(seen[1].pid);
  expect(seen.map((each) => each.cwd)).toEqual(requests.map((request) => join(request.scratch, 'work')));
  expect(readlinkSync(`/proc/${warm.pid}/cwd`)).toBe('/');
  expect(seen.map((each) => each.temporary)).toEqual(requests.map((request) => join(request.scratch, 'tmp')));
});

test('the same seed gives the same random numbers, another seed others', async () => {
  const first = await run(warm, behave('random', { seed: 7 }));
  const again = await run(warm, behave('random', { seed: 7 }));
  const other = await run(warm, behave('random', { seed: 8 }));
  expect(again.metadata).toBe(first.metadata);
  expect(other.metadata).not.toBe(first.metadata);
  expect(JSON.parse(first.metadata).first).toBeGreaterThanOrEqual(0);
});

test('everything that a module prints is in its log with its level', async () => {
  const recorder = new Recorder();
  await run(warm, behave('print'), recorder);
  expect(recorder.text.split('\n')).toEqual([
    'info: from console.log',
    'error: from console.error',
    'debug: two',
    'debug: lines',
    'info: from stdout',
    'error: structured',
    'debug: from the context',
    'info: unfinished',
  ]);
});

test('an error keeps its stack and cause, an error for people only its message', async () => {
  const thrown = await run(warm, behave('throw'));
  expect(thrown).toMatchObject({ succeeded: false, exitClass: 'error', metadata: '{}' });
  expect(thrown.error).toMatch(/the curve is empty[\s\S]*behaviours\.ts[\s\S]*no samples/);
  expect((await run(warm, behave('explain'))).error).toBe('period_min must be below period_max');
  expect((await run(warm, behave('throwText'))).error).toBe("the task threw 'just text'");
});

test('a module that cannot be loaded or has no run function says so', async () => {
  const missing = await run(warm, moduleRequest('not-there'));
  expect(missing).toMatchObject({ exitClass: 'error', error: expect.stringMatching(/not-there\.ts/) });
  const empty = await run(warm, moduleRequest('no-run'));
  expect(empty.error).toMatch(/task type 'no-run' .* exports no function 'run'/);
});

test('metadata that is no number, string or boolean fails the task and names the key', async () => {
  expect((await run(warm, behave('nan'))).error).toBe(
    "metadata key 'period' is NaN; it must be a finite number",
  );
  expect((await run(warm, behave('nested'))).error).toMatch(/'specs' is an object; it must be a number/);
  expect((await run(warm, behave('list'))).error).toMatch(/returned a list/);
  expect((await run(warm, behave('long'))).error).toMatch(/larger than 1 MiB/);
});

test('an exception outside the module’s own call fails the attempt and replaces the process', async () => {
  const slot = makeSlot();
  await run(slot, behave('pid'));
  const before = slot.pid;
  const outcome = await run(slot, behave('later'));
  expect(outcome).toMatchObject({ exitClass: 'error', error: expect.stringMatching(/nobody catches/) });
  expect(isAlive(before ?? 0)).toBe(false);
  expect((await run(slot, behave('pid'))).succeeded).toBe(true);
});

test('a module that ends its process is a failed attempt, and the next one gets a new process', async () => {
  const slot = makeSlot();
  const before = JSON.parse((await run(slot, behave('pid'))).metadata).pid;
  expect(await run(slot, behave('exit'))).toMatchObject({ exitClass: 'exit', exitCode: 3, succeeded: false });
  const aborted = await run(slot, behave('abort'));
  expect(aborted).toMatchObject({ exitClass: 'signal', signal: 'SIGABRT' });
  const after = JSON.parse((await run(slot, behave('pid'))).metadata).pid;
  expect(after).not.toBe(before);
  expect(isAlive(before)).toBe(false);
});

test('a process that dies between attempts costs no attempt', async () => {
  const slot = makeSlot();
  const dying = await run(slot, behave('diesLater'));
  expect(dying.exitClass === undefined || dying.exitClass === 'exit').toBe(true);
  expect(await run(slot, behave('pid'))).toMatchObject({ succeeded: true });
});

test('a process that cannot be started is an outcome with the reason', async () => {
  const slot = makeSlot({ entry: '/no/such/child.ts' });
  const outcome = await run(slot, behave('pid'));
  expect(outcome).toMatchObject({
    exitClass: 'error',
    error: expect.stringMatching(/cannot start a task process[\s\S]*child\.ts/),
  });
});

test('a module that fills its heap is out of memory', async () => {
  const slot = makeSlot({ execArgv: ['--max-old-space-size=40'] });
  const outcome = await run(slot, behave('heap'));
  expect(outcome).toMatchObject({ exitClass: 'oom', error: expect.stringMatching(/heap out of memory/) });
});

test('an endless loop ends by its timeout, with the time and processor it used', async () => {
  const slot = makeSlot();
  await run(slot, behave('pid'));
  const before = slot.pid ?? 0;
  const outcome = await run(slot, behave('loop'), new Recorder(100));
  expect(outcome).toMatchObject({
    exitClass: 'timeout',
    error: 'the task ran longer than its timeout of 0.1 s',
  });
  expect(outcome.usage.wallMs).toBeGreaterThan(390);
  expect(outcome.usage.cpuMs).toBeGreaterThan(100);
  expect(isAlive(before)).toBe(false);
});

test('a polite module hears the cancellation, and is cancelled', async () => {
  const slot = makeSlot({ killGraceMs: 60_000 });
  const recorder = new Recorder();
  const running = run(slot, behave('polite'), recorder);
  await recorder.find(/waits/);
  recorder.cancel();
  expect(await running).toMatchObject({ succeeded: false, exitClass: 'cancelled' });
  expect(recorder.text).toMatch(/stops in good order/);
});

test('an attempt cancelled before it starts never runs', async () => {
  const recorder = new Recorder();
  recorder.cancel();
  expect(await run(warm, behave('print'), recorder)).toMatchObject({ exitClass: 'cancelled' });
  expect(recorder.lines).toEqual([]);
});

test('closing a slot cancels what runs and leaves no process', async () => {
  const slot = makeSlot();
  const recorder = new Recorder();
  const running = run(slot, behave('loopSaying'), recorder);
  await recorder.find(/the loop begins/);
  const pid = slot.pid ?? 0;
  await slot.close();
  expect(await running).toMatchObject({ exitClass: 'cancelled' });
  expect(isAlive(pid)).toBe(false);
});

test('a line is seen while synchronous code still runs', async () => {
  const slot = makeSlot();
  const recorder = new Recorder();
  const running = run(slot, behave('loopSaying'), recorder);
  await recorder.find(/the loop begins/);
  recorder.cancel();
  expect((await running).exitClass).toBe('cancelled');
});

test('a log beyond its limit keeps its beginning and its end, and says what is left out', async () => {
  const slot = makeSlot({ logLimit: { lines: 1_000, bytes: 1_000_000 } });
  const recorder = new Recorder();
  await run(slot, behave('manyLines'), recorder);
  expect(recorder.lines).toHaveLength(1_051);
  expect(recorder.lines.at(1_000)?.message).toMatch(/298950 lines were left out here/);
  expect(recorder.lines.at(-1)?.message).toBe('line 300000');
});

test('a process that a module started in a session of its own ends with the attempt’s cancellation', async () => {
  const slot = makeSlot();
  const recorder = new Recorder();
  const running = run(slot, behave('grandchild'), recorder);
  const pid = await recorder.find(/grandchild (\d+)/);
  recorder.cancel();
  await running;
  expect(isAlive(pid)).toBe(false);
});

test('usage is what the module used', async () => {
  const burnt = await run(makeSlot(), behave('burn'));
  expect(burnt.usage.cpuMs).toBeGreaterThan(250);
  expect(burnt.usage.cpuMs).toBeLessThan(1_000);
  const slot = makeSlot({ execArgv: ['--expose-gc'] });
  const small = await run(slot, behave('pid'));
  const large = await run(slot, behave('allocate'));
  expect(large.usage.peakMemoryBytes).toBeGreaterThan((small.usage.peakMemoryBytes ?? 0) + 100_000_000);
  await run(slot, behave('collect'));
  const after = await run(slot, behave('pid'));
  expect(after.usage.peakMemoryBytes).toBeLessThan((large.usage.peakMemoryBytes ?? 0) - 100_000_000);
});

test('a process is replaced when it grew or has served its number', async () => {
  const grown = makeSlot({ maxResidentBytes: 1 });
  const served = makeSlot({ maxRequests: 2 });
  const pidsOf = async (slot: typeof warm) => {
    const pids = [];
    for (let count = 0; count < 3; count++)
      pids.push(JSON.parse((await run(slot, behave('pid'))).metadata).pid);
    return pids;
  };
  expect(new Set(await pidsOf(grown)).size).toBe(3);
  const [first, second, third] = await pidsOf(served);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

test('the environment of a module holds nothing of the worker’s own', async () => {
  vi.stubEnv('EASEL_DATABASE_URL', 'mysql://user:pw@host/db');
  vi.stubEnv('MY_TOKEN', 'x');
  vi.stubEnv('MY_FLAG', 'y');
  const outcome = await run(makeSlot({ passEnvironment: ['MY_FLAG', 'MY_TOKEN'] }), behave('environment'));
  vi.unstubAllEnvs();
  const names = JSON.parse(outcome.metadata).names.split(' ');
  expect(names).toContain('PATH');
  expect(names).toContain('MY_FLAG');
  expect(names.filter((name: string) => /^EASEL|TOKEN|URL|NODE/.test(name))).toEqual(['EASEL_SCRATCH']);
});

test('processes of the system are never taken for those of a task', () => {
  expect(listTaskProcesses([0, 1, -1, Number.NaN], '/no/such/scratch')).toEqual([]);
});

test('one attempt alone needs no slot of one’s own', async () => {
  expect(await runOnce(behave('pid'), new Recorder())).toMatchObject({ succeeded: true });
});
