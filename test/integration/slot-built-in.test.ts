import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { parseJson } from '../../core/model/values.ts';
import { buildArguments } from '../../worker/slot/arguments.ts';
import { isBuiltIn, runBuiltIn } from '../../worker/slot/in-process.ts';
import { makeRequest, makeType, Recorder } from './fixtures/slot/harness.ts';

function nullRequest(settings: object, fields = {}) {
  return makeRequest(makeType('null'), { settings: JSON.stringify(settings), ...fields });
}

test('null and error are built in unless the registry gives them code', () => {
  expect(isBuiltIn(makeType('null'))).toBe(true);
  expect(isBuiltIn(makeType('error'))).toBe(true);
  expect(isBuiltIn(makeType('null', { module: 'null.ts' }))).toBe(false);
  expect(isBuiltIn(makeType('command'))).toBe(false);
});

test('a null task writes one line into each output and publishes its metadata', async () => {
  const request = nullRequest(
    { duration: 0, metadata: { a: 1, ok: true } },
    { outputs: { x: 'x.txt', y: 'y.txt' } },
  );
  const outcome = await runBuiltIn(request, new Recorder());
  expect(outcome).toMatchObject({
    succeeded: true,
    metadata: '{"a":1,"ok":true}',
    products: [{ passed: true }, { passed: true }],
  });
  expect(outcome.products.map(({ path }) => readFileSync(path ?? '', 'utf8'))).toEqual(
    Array(2).fill('written by a null task\n'),
  );
});

test('a null task without outputs touches no file', async () => {
  const request = nullRequest({ duration: 0 });
  expect(await runBuiltIn(request, new Recorder())).toMatchObject({
    succeeded: true,
    metadata: '{}',
    products: [],
  });
  expect(readdirSync(request.scratch)).toEqual([]);
});

test('a null task lasts ten seconds unless told otherwise, and can be stopped', async () => {
  const recorder = new Recorder();
  const running = runBuiltIn(nullRequest({}), recorder);
  recorder.cancel();
  expect(await running).toMatchObject({ succeeded: false, exitClass: 'cancelled' });
  expect(await runBuiltIn(nullRequest({}), new Recorder(20))).toMatchObject({ exitClass: 'timeout' });
  const lasting = new Recorder(60_000);
  const timed = await runBuiltIn(nullRequest({ duration: 0.05 }), lasting);
  expect(timed.succeeded).toBe(true);
  expect(getEventListeners(lasting.signal, 'abort')).toEqual([]);
  expect(timed.usage.wallMs).toBeGreaterThan(45);
});

test('wrong settings of a null task are the task’s error', async () => {
  expect(await runBuiltIn(nullRequest({ duration: -1 }), new Recorder())).toMatchObject({
    exitClass: 'error',
    error: '`duration` must be a number of seconds, 0 or more',
  });
  expect((await runBuiltIn(nullRequest({ duration: 0, metadata: { a: [] } }), new Recorder())).error).toMatch(
    /'a' is a list/,
  );
});

test('an error task always fails with its message', async () => {
  const request = makeRequest(makeType('error'), {
    settings: '{"message":"as planned"}',
    outputs: { x: 'x' },
  });
  expect(await runBuiltIn(request, new Recorder())).toMatchObject({
    succeeded: false,
    exitClass: 'error',
    error: 'as planned',
    products: [{ passed: false }],
  });
});

const names = {
  inputs: { curve: ['/in/a b.gz'], all: ['/in/1', '/in/2'], none: [] },
  outputs: { out: "/out/it's" },
  settings: parseJson(
    '{"n":3,"x":1.0,"t":true,"deep":{"a.b":1,"a":{"b":"c"}},"list":["p",2],"evil":"; rm -rf $HOME"}',
  ),
};

function argumentsOf(command: unknown, settings = {}): string[] {
  return buildArguments(command, { ...names, settings: { ...(names.settings as object), ...settings } });
}

test('placeholders are filled in, one argument staying one argument', () => {
  expect(
    argumentsOf(['p', '{inputs.curve}', '--out={outputs.out}', '{settings.evil}', '{settings.deep.a.b}']),
  ).toEqual(['p', '/in/a b.gz', "--out=/out/it's", '; rm -rf $HOME', 'c']);
  expect(argumentsOf(['p', '{settings.n}', '{settings.x}', '{settings.t}', '{{x}}', 1n])).toEqual([
    'p',
    '3',
    '1.0',
    'true',
    '{x}',
    '1',
  ]);
  expect(argumentsOf('p  -i {inputs.curve}')).toEqual(['p', '-i', '/in/a b.gz']);
});

test('a list stands for several arguments only where it is the whole argument', () => {
  expect(argumentsOf(['p', '{inputs.all}', '{inputs.none}', '{settings.list}'])).toEqual([
    'p',
    '/in/1',
    '/in/2',
    'p',
    '2',
  ]);
  expect(() => argumentsOf(['p', '--in={inputs.all}'])).toThrow(
    '{inputs.all} stands for 2 values: make it an argument of its own',
  );
});

test('with a shell every value is quoted', () => {
  expect(argumentsOf('cat {inputs.all} > {outputs.out}; echo {settings.evil}', { shell: true })).toEqual([
    '/bin/sh',
    '-c',
    `cat '/in/1' '/in/2' > '/out/it'\\''s'; echo '; rm -rf $HOME'`,
  ]);
});

test.each([
  [['p', '{inputs.missing}'], '{inputs.missing} is not known: the task has curve, all, none'],
  [['p', '{inputs.constructor}'], '{inputs.constructor} is not known'],
  [['p', '{settings.deep.z}'], '{settings.deep.z} is not known'],
  [['p', '{other}'], '{other} is not known: there are {inputs.NAME}'],
  [['p', 'a{b'], "there is a single '{' in 'a{b'"],
  [['p', 'a\0b'], 'holds a NUL character'],
  ['p "a b"', 'the command has quotes, but no shell reads them'],
  [[], 'the command names no program'],
  [undefined, 'the command is missing'],
])('the command %j is refused with the reason', (command, reason) => {
  expect(() => argumentsOf(command)).toThrow(reason);
});

test('random numbers are uniform, repeatable and the same for ever', () => {
  const random = seededRandom(42);
  expect([random(), random()]).toEqual([0.4562558052254867, 0.5743777227769976]);
  const many = Array.from({ length: 20_000 }, random);
  expect(many.reduce((sum, each) => sum + each, 0) / many.length).toBeCloseTo(0.5, 1);
  expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...many)).toBeLessThan(1);
  expect(seededRandom(2 ** 40)()).not.toBe(seededRandom(0)());
});
