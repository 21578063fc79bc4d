import { describe, expect, test } from 'vitest';
import { JobFileError } from '../../core/job-file/job-file.ts';
import { parseJson } from '../../core/model/values.ts';
import { problemsOf, read, warningsOf } from './job-file-registry.ts';

/** One task per line, from line 2; `{` of the first stands at 2:1. */
function chain(...tasks: string[]): string {
  return `{"task_list": [\n${tasks.join(',\n')}\n]}`;
}

describe('a good job file', () => {
  const grid = `{
  "job_name": "grid",
  "working_directory": "grid",
  "task_list": [
    {"task": "execution_for_loop", "parameter": "tda", "values": ["tls", "qats"], "task_list": [
      {"task": "execution_for_loop", "parameter": "size",
       "log_range": ["(constants.Rearth / 8)", "(constants.Rearth * 8)", 8], "task_list": [
        {"task": "synthesis_psls", "name": "synthesis",
         "outputs": {"lightcurve": "'e_{tda_index}_{size_index}.gz'.format(**metadata)"},
         "specs": {"duration": 240, "planet_radius": "(metadata['size'])", "enable_transits": 1.0}},
        {"task": "'transit_search_{tda}'.format(**metadata)", "name": "detection",
         "inputs": {"lightcurve": "'e_{tda_index}_{size_index}.gz'.format(**metadata)"}, "lc_duration": 240},
        {"task": "execution_conditional", "requires_metadata_from": ["detection"],
         "criterion": "(requested_metadata['detection']['outcome'] == 'PASS')",
         "task_list": [{"task": "null"}], "else_task_list": [{"task": "error"}]},
        {"task": "execution_do_while_loop", "iteration_name": "again",
         "requires_metadata_from_child": ["inner"],
         "repeat_criterion": "(requested_metadata['inner']['ok']) and (metadata['again_index'] < 3)",
         "task_list": [{"task": "null", "name": "inner"}]}]}]}]}`;

  test('gives its name, its definition and canonical text that keeps ints and floats apart', () => {
    const { name, definition, text, warnings } = read(grid);
    expect(warnings).toEqual([]);
    expect(name).toBe('grid');
    expect(definition.nodes.map((node) => node.kind).join(' ')).toBe(
      'chain for_loop chain for_loop chain work work conditional chain work chain work do_while chain work',
    );
    expect(text).toContain('"duration":240,');
    expect(text).toContain('"enable_transits":1.0}');
    expect(read(text).text).toBe(text);
    expect(parseJson(text)).toEqual(parseJson(grid));
  });

  test('may start with a byte order mark, and name its schema', () => {
    expect(problemsOf('\uFEFF{"$schema": "x", "task_list": []}')).toEqual([]);
    expect(problemsOf('\uFEFF{"task_lst": []}')[0]).toMatch(/^1:2 /);
  });

  test('has no name when it gives none', () => {
    expect(read('{"task_list": []}').name).toBeUndefined();
  });

  test('keeps the keys of every task that later work reads', () => {
    const text = chain(
      '{"task": "null", "retries": 2, "retry_delay": 1.5, "timeout": {"queue": 60, "run": 3600}, "priority": -1, "pool": "gpu"}',
      '{"task": "null", "retries": {"oom": 1, "lost": 5}, "timeout": 10}',
    );
    const [, first] = read(text).definition.nodes;
    expect(Object.keys(first?.object ?? {})).toEqual([
      'task',
      'retries',
      'retry_delay',
      'timeout',
      'priority',
      'pool',
    ]);
  });

  test('takes keys that every object inherits for what they are: unknown settings', () => {
    expect(
      warningsOf(chain('{"task": "null", "constructor": 1, "__proto__": 2, "toString": 3}')),
    ).toHaveLength(3);
  });
});

describe('problems of JSON', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1 $: not JSON: value expected, but the file ends']],
    [
      'a trailing comma',
      '{"task_list": [],\n}',
      ['2:1 $: not JSON: a comma stands before the closing bracket'],
    ],
    ['a comment', '{"task_list": []\n // no\n}', ['2:2 $: not JSON: JSON has no comments (YAML has)']],
    ['NaN', '{"task_list": [],\n"x": NaN}', ['2:6 $: not JSON: JSON has no NaN and no infinity']],
    ['-Infinity', '{"x": -Infinity}', ['1:7 $: not JSON: JSON has no NaN and no infinity']],
    ['True', '{"x": True}', ['1:7 $: not JSON: True is written true']],
    ['single quotes', "{'x': 1}", ['1:2 $: not JSON: strings stand in double quotes']],
    ['a file cut short', '{"x": 1', ['1:8 $: not JSON: close brace expected, but the file ends']],
    [
      'YAML in a file not called so',
      '# jobs\ntask_list:\n  - task: null\n',
      ['1:1 $: this is not JSON; it looks like YAML: name the file .yaml or .yml to have it read as YAML'],
    ],
    ['a list', '[]', ['1:1 $: a job file is an object, not a list']],
    ['text', '"x"', ['1:1 $: a job file is an object, not a string']],
    [
      'an infinite number',
      '{"task_list": [], "priority": 1e999}',
      [
        '1:31 $.priority: expected a whole number, found the number Infinity',
        '1:31 $.priority: the number is too large for floating point',
      ],
    ],
    [
      'keys that stand twice',
      '{"task_list": [],\n "job_name": "a",\n "job_name": "b"}',
      ['3:2 $.job_name: the key stands twice, first in line 2'],
    ],
    [
      'a doubled key deep inside',
      '{"task_list": [{"task": "null", "__proto__": 1, "__proto__": 2}]}',
      ['1:49 $.task_list[0].__proto__: the key stands twice, first in line 1'],
    ],
    [
      'half a surrogate pair',
      '{"task_list": [], "job_name": "\\ud800"}',
      ['1:31 $.job_name: the text has half a surrogate pair, which is no valid Unicode'],
    ],
    ['NUL', '{"task_list": [], "a\\u0000": 1}', ['1:19 $["a\\u0000"]: the text has a NUL character']],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text).sort()).toEqual(problems);
  });
});

describe('problems of tasks', () => {
  test.each<[string, string, string[]]>([
    ['no task list', '{}', ['1:1 $: the key "task_list" is missing']],
    [
      'a task list under another name',
      '{"task_lst": []}',
      ['1:2 $.task_lst: unknown key (did you mean "task_list"?)'],
    ],
    [
      'a task list that is no list',
      '{"task_list": {}}',
      ['1:15 $.task_list: expected a list of tasks, found an object'],
    ],
    [
      'a task that is no object',
      chain('3'),
      ['2:1 $.task_list[0]: expected a task (an object), found the number 3'],
    ],
    ['a task without a type', chain('{"name": "a"}'), ['2:1 $.task_list[0]: the key "task" is missing']],
    [
      'a type that is no text',
      chain('{"task": null}'),
      ['2:10 $.task_list[0].task: expected a string, found null'],
    ],
    [
      'an unknown type',
      chain('{"task": "transit_search_tsl"}'),
      [
        '2:10 $.task_list[0].task: no task type is called "transit_search_tsl" (did you mean "transit_search_tls"?)',
      ],
    ],
    [
      'a type expression that can give none',
      chain(`{"task": "'tranist_{x}'.format(**metadata)"}`),
      ['2:10 $.task_list[0].task: no task type has a name like "tranist_*"'],
    ],
    [
      'a slip in a reserved key',
      chain('{"task": "verify", "input": {"lightcurve": "a.gz"}}'),
      [
        '2:1 $.task_list[0]: the input "lightcurve" of verify is missing',
        '2:20 $.task_list[0].input: unknown key (did you mean "inputs"?)',
      ],
    ],
    [
      'the start of a reserved key',
      chain('{"task": "error", "requires_metadata": []}'),
      ['2:19 $.task_list[0].requires_metadata: unknown key (did you mean "requires_metadata_from"?)'],
    ],
    [
      'camel case',
      chain('{"task": "error", "workingDirectory": "x"}'),
      ['2:19 $.task_list[0].workingDirectory: unknown key (did you mean "working_directory"?)'],
    ],
    [
      'a task list where none belongs',
      chain('{"task": "error", "task_list": []}'),
      [
        '2:19 $.task_list[0].task_list: only execution_chain, execution_for_loop, execution_conditional, execution_do_while_loop has task_list; this task runs no other tasks',
      ],
    ],
    [
      'missing inputs and outputs',
      chain('{"task": "multiply", "inputs": {"lightcurve_1": "a"}}'),
      [
        '2:1 $.task_list[0]: the output "lightcurve" of multiply is missing',
        '2:32 $.task_list[0].inputs: the input "lightcurve_2" of multiply is missing',
      ],
    ],
    [
      'inputs of the wrong kind',
      chain('{"task": "null", "inputs": {"a": 3, "b": ["x", 4]}, "outputs": {"c": ["y"]}}'),
      [
        '2:34 $.task_list[0].inputs.a: expected a file name, or a list of them, found the number 3',
        '2:48 $.task_list[0].inputs.b[1]: expected a file name, found the number 4',
        '2:70 $.task_list[0].outputs.c: expected a file name, found a list',
      ],
    ],
    [
      'a label that is empty',
      chain('{"task": "null", "name": ""}'),
      ['2:26 $.task_list[0].name: the name is empty'],
    ],
    [
      'bad numbers',
      chain('{"task": "null", "retries": -1, "retry_delay": "x", "timeout": {"rum": 3}, "priority": 1.5}'),
      [
        '2:29 $.task_list[0].retries: expected a whole number, 0 or more, found the number -1',
        '2:48 $.task_list[0].retry_delay: expected a number of seconds, 0 or more, found a string',
        '2:72 $.task_list[0].timeout.rum: expected one of queue, run',
        '2:88 $.task_list[0].priority: expected a whole number, found the number 1.5',
      ],
    ],
    [
      'retries of an exit class that is none',
      chain('{"task": "null", "retries": {"ooom": 1}}'),
      [
        '2:38 $.task_list[0].retries.ooom: expected one of error, exit, signal, oom, timeout, qc, lost, cancelled',
      ],
    ],
    [
      'a name that is no text',
      '{"job_name": 3, "working_directory": [], "task_list": []}',
      [
        '1:14 $.job_name: expected a string, found the number 3',
        '1:38 $.working_directory: expected a string, found a list',
      ],
    ],
    [
      'a file that is a task',
      '{"task": "null", "task_list": []}',
      ['1:10 $.task: the file itself is a chain: tasks stand in its task_list'],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('warnings leave a file valid: settings, inputs and outputs nobody knows', () => {
    const text = chain(
      '{"task": "synthesis_psls", "outputs": {"lightcurve": "a.gz", "debug": "b"}, "specs": {"planet_radus": 2}, "specz": 1}',
      '{"task": "transit_search_tls", "inputs": {"lightcurve": "a.gz", "x": "a.gz"}, "values": 1}',
      '{"task": "command", "input": 3, "anything": 4}',
    );
    expect(warningsOf(`${text.slice(0, -1)}, "comment": "x"}`)).toEqual([
      '2:62 $.task_list[0].outputs.debug: synthesis_psls has no output of this name',
      '2:87 $.task_list[0].specs.planet_radus: no key of "specs" (did you mean "planet_radius"?)',
      '2:107 $.task_list[0].specz: no setting of synthesis_psls (did you mean "specs"?)',
      '3:65 $.task_list[1].inputs.x: transit_search_tls has no input of this name',
      '3:79 $.task_list[1].values: "values" has no effect on this type of task',
      '4:21 $.task_list[2].input: the key is taken as a setting (did you mean "inputs"?)',
      '5:4 $.comment: unknown key, which has no effect',
    ]);
  });
});

test('all problems come at once, in the order of the file, and print as file:line:column', () => {
  const text = chain(
    '{"task": "nul"}',
    '{"task": "verify", "inputs": {"lightcurve": "../x"}}',
    '{"name": "y"}',
  );
  try {
    read(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(JobFileError);
    expect(error instanceof Error ? error.message.split('\n') : []).toEqual([
      'job.json:2:10: $.task_list[0].task: no task type is called "nul" (did you mean "null"?)',
      'job.json:3:45: $.task_list[1].inputs.lightcurve: file name "../x": it may not climb with ..',
      'job.json:4:1: $.task_list[2]: the key "task" is missing',
    ]);
    expect(error).toMatchObject({ code: 'job_file', fileName: 'job.json' });
  }
});
