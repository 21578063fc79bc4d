import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  makeRequest,
  makeSlot,
  makeType,
  moduleRequest,
  Recorder,
  run,
  shellRequest,
} from './fixtures/slot/harness.ts';

const warm = makeSlot();
const outputs = { out: 'out.txt' };

function judged(settings: object) {
  return moduleRequest('judged', { settings: JSON.stringify(settings), outputs });
}

test.each([
  ['true', 'it was not written', false],
  [': > {outputs.out}', 'it is empty', true],
  ['mkdir {outputs.out}', 'it is a directory, not a regular file', false],
  ['ln -s /etc/passwd {outputs.out}', 'it is a symbolic link, not a regular file', false],
  ['mkfifo {outputs.out}', 'it is a named pipe, not a regular file', false],
  ['echo x > a; ln a {outputs.out}', 'it is a hard link: the same file has 2 names', false],
  [
    'mkdir o; echo x > o/out.txt; rmdir ../outputs; ln -s work/o ../outputs',
    'it lies outside the outputs directory',
    false,
  ],
  ['rmdir ../outputs; echo x > ../outputs', 'it was not written', false],
])('an output made by `%s` does not pass: %s', async (command, reason, isKept) => {
  const outcome = await run(warm, shellRequest(command, { outputs }));
  expect(outcome).toMatchObject({
    succeeded: false,
    exitClass: 'qc',
    error: `quality control did not pass: out (out.txt): ${reason}`,
    products: [{ output: 'out', passed: false, reason }],
  });
  expect(outcome.products[0]?.path !== undefined).toBe(isKept);
});

test('a name that is no plain file name never leaves the outputs directory', async () => {
  const outcome = await run(warm, shellRequest('echo x > {outputs.out}', { outputs: { out: '../escaped' } }));
  expect(outcome.products).toMatchObject([
    { passed: false, path: undefined, reason: 'its name is not a plain file name' },
  ]);
});

test('a product is measured and hashed, and files that are not declared are named and left', async () => {
  const recorder = new Recorder();
  const command = 'head -c 3000000 /dev/zero > {outputs.out}; echo x > "$(dirname {outputs.out})/stray.txt"';
  const outcome = await run(warm, shellRequest(command, { outputs }), recorder);
  expect(outcome.products).toMatchObject([
    // SHA-256 of three million zero bytes, by sha256sum.
    {
      size: 3_000_000,
      sha256: '35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f',
      passed: true,
    },
  ]);
  expect(recorder.text).toBe(
    'warning: outputs/stray.txt is no declared output of this task, so it is not kept',
  );
});

test('a module’s quality control sees outputs and metadata and may refuse a product', async () => {
  const recorder = new Recorder();
  const passed = await run(warm, judged({}), recorder);
  expect(passed).toMatchObject({ succeeded: true, products: [{ passed: true }] });
  expect(recorder.text).toBe('info: judges true {"written":true}');
  const refused = await run(warm, judged({ judge: 'fail' }));
  expect(refused).toMatchObject({
    succeeded: false,
    exitClass: 'qc',
    error: 'quality control did not pass: out (out.txt): too noisy',
    metadata: '{"written":true}',
    products: [{ passed: false, reason: 'too noisy' }],
  });
  expect(readFileSync(refused.products[0]?.path ?? '', 'utf8')).toBe('content');
});

test('a verdict on an output that the task has not is only warned about', async () => {
  const recorder = new Recorder();
  expect((await run(warm, judged({ judge: 'other' }), recorder)).succeeded).toBe(true);
  expect(recorder.text).toMatch(/quality control judged 'mistyped', which is no output/);
});

test('quality control that throws passes nothing', async () => {
  const outcome = await run(warm, judged({ judge: 'throw' }));
  expect(outcome).toMatchObject({ exitClass: 'qc', products: [{ passed: false }] });
  expect(outcome.error).toMatch(/quality control itself failed: Error: cannot judge/);
});

test('quality control runs after a failure, and the failure stays the task’s', async () => {
  const recorder = new Recorder();
  const outcome = await run(warm, judged({ end: 'throw', judge: 'fail' }), recorder);
  expect(outcome).toMatchObject({ exitClass: 'error', products: [{ passed: false, reason: 'too noisy' }] });
  expect(outcome.error).toMatch(/failed after writing/);
  expect(recorder.text).toMatch('judges true {}');
});

test.each([
  ['exit', undefined, { exitClass: 'exit', exitCode: 7 }],
  ['hang', 300, { exitClass: 'timeout' }],
])(
  'quality control runs in a fresh process after a task that ended with its own: %s',
  async (end, timeoutMs, expected) => {
    const recorder = new Recorder(timeoutMs);
    const outcome = await run(makeSlot(), judged({ end }), recorder);
    expect(outcome).toMatchObject({ succeeded: false, ...expected, products: [{ passed: true, size: 7 }] });
    expect(recorder.text).toMatch('judges true {}');
  },
);

test('quality control that takes its process down fails nothing but the attempt', async () => {
  const slot = makeSlot();
  expect(await run(slot, judged({ judge: 'exit' }))).toMatchObject({
    succeeded: false,
    exitClass: 'exit',
    exitCode: 8,
  });
  expect(await run(slot, judged({}))).toMatchObject({ succeeded: true });
});

const two = { good: 'good.txt', bad: 'bad.txt' };
const write = 'echo x > {outputs.good}; echo x > {outputs.bad}';

test('a quality control command passes by exit status 0 and fails by its last message', async () => {
  const recorder = new Recorder();
  const passing = {
    quality_control: 'test "$EASEL_QC" = 1 && test -s {outputs.bad} && cat "$EASEL_TASK" | head -c 1',
  };
  expect(await run(warm, shellRequest(write, { outputs: two }, passing), recorder)).toMatchObject({
    succeeded: true,
  });
  const failing = { quality_control: 'echo first >&2; echo too few points >&2; exit 1' };
  const outcome = await run(warm, shellRequest(write, { outputs: two }, failing));
  expect(outcome).toMatchObject({
    exitClass: 'qc',
    products: [{ reason: 'too few points' }, { reason: 'too few points' }],
  });
});

test('a quality control command may judge its outputs one by one', async () => {
  const verdicts = `echo '{{"bad": {{"passed": false, "reason": "saturated"}}, "good": {{"passed": true}}}}'`;
  const request = shellRequest(write, { outputs: two }, { quality_control: verdicts });
  expect(await run(warm, request)).toMatchObject({
    exitClass: 'qc',
    error: 'quality control did not pass: bad (bad.txt): saturated',
    products: [{ passed: true }, { passed: false, reason: 'saturated' }],
  });
});

test('a registered command has its own quality control, also when it failed', async () => {
  const type = makeType('fit', {
    command: ['false'],
    quality_control: ['sh', '-c', 'echo was here; exit 3'],
  });
  const recorder = new Recorder();
  const outcome = await run(warm, makeRequest(type, { outputs }), recorder);
  expect(outcome).toMatchObject({
    exitClass: 'exit',
    exitCode: 1,
    products: [{ reason: 'it was not written' }],
  });
  expect(recorder.text).toBe('info: was here');
});
