import { describe, expect, test } from 'vitest';
import { problemsOf, warningsOf } from './job-file-registry.ts';

type Files = { [name: string]: string | string[] };

function task(inputs: Files, outputs: Files = {}, rest: object = {}): string {
  return JSON.stringify({ task: 'null', inputs, outputs, ...rest });
}

/** One task per line, from line 2, in the working directory `d`. */
function chain(...tasks: string[]): string {
  return `{"working_directory": "d", "task_list": [\n${tasks.join(',\n')}\n]}`;
}

const nothingThere = { inputFileExists: () => false };

describe('addresses', () => {
  test.each([
    ['/a', 'file name "/a": it must be relative, and starts with a slash'],
    ['../a', 'file name "../a": it may not climb with ..'],
    ['a/', 'file name "a/": it ends with a slash, as a directory does'],
    ['', 'file name "": it names no file'],
  ])('%j is refused as input and as output', (name, message) => {
    expect(problemsOf(chain(task({ x: name })))).toEqual([`2:30 $.task_list[0].inputs.x: ${message}`]);
    expect(problemsOf(chain(task({}, { x: name })))).toEqual([`2:43 $.task_list[0].outputs.x: ${message}`]);
  });

  test('a working directory that leaves the output area is refused once, at its place', () => {
    const text = `{"working_directory": "../d", "task_list": [${task({ x: 'a' }, { y: 'b' })}]}`;
    expect(problemsOf(text)).toEqual([
      '1:23 $.working_directory: working directory "../d": it may not climb with ..',
    ]);
  });

  test('an output cannot be a glob, and a glob has to make sense', () => {
    expect(problemsOf(chain(task({}, { x: 'a*.gz' })))).toEqual([
      '2:43 $.task_list[0].outputs.x: the name of a product has no *, ? or [..]: nobody could ask for it',
    ]);
    expect(problemsOf(chain(task({ x: ['ok', 'a[z-a]'] })))).toEqual([
      '2:36 $.task_list[0].inputs.x[1]: the range z-a in [z-a] is the wrong way round',
    ]);
  });

  test('outputs of a flow task are never written, and so no other task may count on them', () => {
    const flow = '{"task": "execution_chain", "task_list": [], "outputs": {"x": "a"}}';
    expect(warningsOf(chain(flow))).toEqual([
      '2:63 $.task_list[0].outputs.x: a flow task writes no files: declare this where it is written',
    ]);
    expect(problemsOf(chain(flow, task({ x: 'a' })), nothingThere)).toHaveLength(1);
  });
});

describe('two tasks that write one file', () => {
  test('are refused, also when they spell it differently', () => {
    const other = '{"task": "null", "working_directory": ".", "outputs": {"x": "./d//a"}}';
    expect(problemsOf(chain(task({}, { x: 'a' }), other))).toEqual([
      '3:61 $.task_list[1].outputs.x: the file "d/a" is written at $.task_list[0].outputs.x too',
    ]);
  });

  test('may be the two branches of a conditional, but not two tasks of one branch', () => {
    const writer = task({}, { x: 'a' });
    const branches = (then: string, otherwise: string) =>
      chain(
        `{"task": "execution_conditional", "criterion": true, "task_list": [${then}], "else_task_list": [${otherwise}]}`,
      );
    expect(problemsOf(branches(writer, writer))).toEqual([]);
    const nested = `{"task": "execution_chain", "task_list": [${writer}]}`;
    expect(problemsOf(branches(nested, writer))).toEqual([]);
    expect(problemsOf(branches(`${nested}, ${writer}`, ''))).toHaveLength(1);
  });

  test('a fixed name in a loop of several is a warning, in a loop of one or a do-while loop it is not', () => {
    const loop = (values: string) =>
      chain(
        `{"task": "execution_for_loop", "parameter": "p", ${values}, "task_list": [${task({}, { x: 'a' })}]}`,
      );
    expect(warningsOf(loop('"values": [1, 2]'))[0]).toContain(
      'every iteration of the loop at $.task_list[0] writes this same file',
    );
    expect(warningsOf(loop('"linear_range": [1, 2, 3]'))).toHaveLength(1);
    expect(warningsOf(loop('"values": [1]'))).toEqual([]);
    expect(warningsOf(loop('"log_range": [1, 2, 1]'))).toEqual([]);
  });
});

describe('inputs that nothing makes', () => {
  test('are reported where the input area is known, with the output that was meant', () => {
    const text = chain(task({}, { x: 'curve_1.gz' }), task({ y: 'curve_l.gz' }), task({ z: 'other' }));
    expect(problemsOf(text)).toEqual([]);
    expect(problemsOf(text, nothingThere)).toEqual([
      '3:30 $.task_list[1].inputs.y: nothing makes the file "d/curve_l.gz", and it is not in the input area (did you mean "curve_1.gz"?)',
      '4:30 $.task_list[2].inputs.z: nothing makes the file "d/other", and it is not in the input area',
    ]);
  });

  test('may lie in the input area, which is asked once for each address', () => {
    const asked: string[] = [];
    const inputFileExists = (address: string): boolean => {
      asked.push(address);
      return address === 'd/here';
    };
    const text = chain(task({ x: ['here', 'there', 'here'] }), task({ y: 'there' }));
    expect(problemsOf(text, { inputFileExists })).toEqual([
      '2:38 $.task_list[0].inputs.x[1]: nothing makes the file "d/there", and it is not in the input area',
      '3:30 $.task_list[1].inputs.y: nothing makes the file "d/there", and it is not in the input area',
    ]);
    expect(asked).toEqual(['d/here', 'd/there']);
  });

  test.each([
    ['an output with a fitting shape', task({}, { x: "'curve_{i}.gz'.format(**metadata)" })],
    ['a file of an ingestion', '{"task": "ingest_external_lcs", "lc_type": "csv", "input_path": "*.csv"}'],
    [
      'an output in a directory that is not known yet',
      task({}, { x: 'curve_7.gz' }, { working_directory: "('d')" }),
    ],
  ])('may turn out to be %s', (_, producer) => {
    const name = producer.includes('ingest') ? 'curve_7.lc.gz' : 'curve_7.gz';
    expect(problemsOf(chain(producer, task({ x: name })), nothingThere)).toEqual([]);
    expect(problemsOf(chain(producer, task({ x: 'turve_7.tar' })), nothingThere)).toHaveLength(1);
  });

  test('are not looked for when their names are expressions or globs', () => {
    expect(problemsOf(chain(task({ x: "('a' + metadata['b'])", y: 'a*' })), nothingThere)).toEqual([]);
  });
});

describe('cycles', () => {
  test('between two tasks are printed with their paths', () => {
    const text = chain(
      task({ x: 'b' }, { y: 'a' }, { name: 'first' }),
      task({ x: 'a' }, { y: 'b' }, { name: 'second' }),
      task({ x: 'a' }),
    );
    expect(problemsOf(text)).toEqual([
      '2:1 $.task_list[0]: tasks wait for one another in a circle: first ($.task_list[0]) -> second ($.task_list[1]) -> first ($.task_list[0])',
    ]);
  });

  test('of three read in the order in which the files would flow', () => {
    const text = chain(
      task({ x: 'c' }, { y: 'a' }),
      task({ x: 'a' }, { y: 'b' }),
      task({ x: 'b' }, { y: 'c' }),
    );
    expect(problemsOf(text)[0]).toContain(
      'null ($.task_list[0]) -> null ($.task_list[1]) -> null ($.task_list[2]) -> null ($.task_list[0])',
    );
  });

  test('of one task: it reads what it writes, by name or by glob', () => {
    const message = '2:1 $.task_list[0]: the task "null" waits for itself';
    expect(problemsOf(chain(task({ x: 'a' }, { y: 'a' })))).toEqual([message]);
    expect(problemsOf(chain(task({ x: 'ev_*.gz' }, { y: 'ev_all.gz' })))).toEqual([message]);
    expect(problemsOf(chain(task({ x: 'ev_*.gz' }, { y: 'all.gz' })))).toEqual([]);
  });

  test('through metadata: a chain that waits for a task which reads a file of the chain', () => {
    const text = chain(
      task({ x: 'made inside' }, {}, { name: 'outside' }),
      `{"task": "execution_chain", "requires_metadata_from": ["outside"], "task_list": [${task({}, { y: 'made inside' })}]}`,
    );
    expect(problemsOf(text)[0]).toContain(
      'tasks wait for one another in a circle: outside ($.task_list[0]) -> ',
    );
  });

  test('are not seen where another task may make the file', () => {
    const maybe = task({}, { z: "'{i}'.format(**metadata)" });
    expect(problemsOf(chain(task({ x: 'a' }, { y: 'a' }), maybe))).toEqual([]);
  });

  test('a chain of ten thousand tasks is none', () => {
    const tasks = Array.from({ length: 10_000 }, (_, i) =>
      task(i === 0 ? {} : { x: `f${i - 1}` }, { y: `f${i}` }),
    );
    expect(problemsOf(chain(...tasks), nothingThere)).toEqual([]);
    tasks[0] = task({ x: 'f9999' }, { y: 'f0' });
    expect(problemsOf(chain(...tasks), nothingThere)).toHaveLength(1);
  });
});
