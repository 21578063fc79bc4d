import { describe, expect, test } from 'vitest';
import { problemsOf, warningsOf } from './job-file-registry.ts';

/** One task per line, from line 2; `{` of the first stands at 2:1. */
function chain(...tasks: string[]): string {
  return `{"task_list": [\n${tasks.join(',\n')}\n]}`;
}

describe('problems of flow tasks', () => {
  const loop = (keys: string) => chain(`{"task": "execution_for_loop", ${keys}, "task_list": []}`);
  const at = (place: string) => `$.task_list[0]${place}`;

  test.each<[string, string, string[]]>([
    ['no parameter', loop('"values": []'), [`2:1 ${at('')}: the key "parameter" is missing`]],
    [
      'a parameter with a blank',
      loop('"parameter": "a b", "values": []'),
      [`2:45 ${at('.parameter')}: a name has letters, digits and _, and no digit first`],
    ],
    [
      'no values',
      loop('"parameter": "x"'),
      [`2:1 ${at('')}: a for loop needs exactly one of values, linear_range, log_range: none is there`],
    ],
    [
      'two kinds of values',
      loop('"parameter": "x", "values": [], "log_range": [1, 2, 3]'),
      [
        `2:1 ${at('')}: a for loop needs exactly one of values, linear_range, log_range: values and log_range are there`,
      ],
    ],
    [
      'values that are no list',
      loop('"parameter": "x", "values": "a"'),
      [`2:60 ${at('.values')}: expected a list, or an expression, found a string`],
    ],
    [
      'a range of two',
      loop('"parameter": "x", "linear_range": [1, 2]'),
      [`2:66 ${at('.linear_range')}: expected [start, end, count], found 2 items`],
    ],
    [
      'a range of texts',
      loop('"parameter": "x", "linear_range": [1, "2", 3]'),
      [`2:70 ${at('.linear_range[1]')}: expected a number, or an expression, found a string`],
    ],
    [
      'half a count',
      loop('"parameter": "x", "linear_range": [1, 2, 2.5]'),
      [`2:73 ${at('.linear_range[2]')}: expected a count (a whole number, 0 or more), found the number 2.5`],
    ],
    [
      'a logarithm of nothing',
      loop('"parameter": "x", "log_range": ["(constants.day - 1)", 2, 3]'),
      [`2:63 ${at('.log_range')}: log_range: start and end must be greater than 0, not 0 and 2`],
    ],
    [
      'too many iterations',
      loop('"parameter": "x", "linear_range": [1, 2, 10000001]'),
      [
        `2:66 ${at('.linear_range')}: linear_range[2]: 10000001 values are more than max_loop_count (10000000) allows`,
      ],
    ],
    [
      'a key of another loop',
      loop('"parameter": "x", "values": [], "else_task_list": []'),
      [
        `2:64 ${at('.else_task_list')}: "else_task_list" belongs to execution_conditional, not to execution_for_loop`,
      ],
    ],
    [
      'a slip',
      loop('"parameter": "x", "value": []'),
      [
        `2:1 ${at('')}: a for loop needs exactly one of values, linear_range, log_range: none is there`,
        `2:50 ${at('.value')}: unknown key (did you mean "values"?)`,
      ],
    ],
    [
      'no criterion',
      chain('{"task": "execution_conditional", "task_list": []}'),
      [`2:1 ${at('')}: the key "criterion" is missing`],
    ],
    [
      'a criterion that is plain text',
      chain('{"task": "execution_conditional", "criterion": "metadata[\'x\'] > 3", "task_list": []}'),
      [`2:48 ${at('.criterion')}: this text is no expression, and so always true: put it in parentheses`],
    ],
    [
      'a do-while loop without anything',
      chain('{"task": "execution_do_while_loop"}'),
      [
        `2:1 ${at('')}: the key "iteration_name" is missing`,
        `2:1 ${at('')}: the key "repeat_criterion" is missing`,
        `2:1 ${at('')}: the key "task_list" is missing`,
      ],
    ],
    [
      'metadata of children asked for elsewhere',
      chain('{"task": "execution_chain", "requires_metadata_from_child": [], "task_list": []}'),
      [
        `2:29 ${at('.requires_metadata_from_child')}: "requires_metadata_from_child" belongs to execution_do_while_loop, not to execution_chain`,
      ],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

describe('problems of names', () => {
  const needs = (...names: string[]) =>
    `{"task": "null", "requires_metadata_from": ${JSON.stringify(names)}}`;
  const named = (name: string) => JSON.stringify({ task: 'null', name });

  test.each<[string, string, string[]]>([
    [
      'nobody of that name',
      chain(named('search'), needs('serach')),
      [
        '3:45 $.task_list[1].requires_metadata_from[0]: no earlier task of this list is called "serach": there are search (did you mean "search"?)',
      ],
    ],
    [
      'nobody with any name',
      chain(needs('x')),
      [
        '2:45 $.task_list[0].requires_metadata_from[0]: no earlier task of this list is called "x": none there has a name',
      ],
    ],
    [
      'a later task',
      chain(needs('x'), named('x')),
      [
        '2:45 $.task_list[0].requires_metadata_from[0]: "x" stands later in the list ($.task_list[1]): move it before this task',
      ],
    ],
    [
      'itself',
      chain('{"task": "null", "name": "x", "requires_metadata_from": ["x"]}'),
      ['2:58 $.task_list[0].requires_metadata_from[0]: a task cannot wait for its own metadata'],
    ],
    [
      'a task of another list',
      chain(`{"task": "execution_chain", "task_list": [${named('x')}]}`, needs('x')),
      [
        '3:45 $.task_list[1].requires_metadata_from[0]: "x" is no task of this list: it stands at $.task_list[0].task_list[0]',
      ],
    ],
    [
      'one of two',
      chain(named('x'), named('x'), needs('x')),
      [
        '4:45 $.task_list[2].requires_metadata_from[0]: 2 tasks are called "x": $.task_list[0], $.task_list[1]',
      ],
    ],
    [
      'a list that is none',
      chain('{"task": "null", "requires_metadata_from": "x"}'),
      ['2:44 $.task_list[0].requires_metadata_from: expected a list of names, found a string'],
    ],
    [
      'a child that is not there',
      chain(
        `{"task": "execution_do_while_loop", "iteration_name": "i", "repeat_criterion": false, "requires_metadata_from_child": ["y"], "task_list": [${named('x')}]}`,
      ),
      [
        '2:120 $.task_list[0].requires_metadata_from_child[0]: no task of the loop\'s task_list is called "y": there are x (did you mean "x"?)',
      ],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test('a name given by an expression may turn out to be the one that is asked for', () => {
    expect(problemsOf(chain(named("'step_{i}'.format(**metadata)"), needs('step_3')))).toEqual([]);
    expect(problemsOf(chain(named("'step_{i}'.format(**metadata)"), needs('stop_3')))).toHaveLength(1);
  });

  test('two siblings of one name are a warning as long as nobody asks for them', () => {
    expect(warningsOf(chain(named('x'), named('x')))).toEqual([
      '3:23 $.task_list[1].name: x at $.task_list[0] has the same name, so neither can be asked for',
    ]);
  });
});

describe('problems of expressions', () => {
  test.each<[string, string, string[]]>([
    [
      'a bracket too few',
      '{"task": "null", "duration": "(1 + (2)"}',
      ["2:31 $.task_list[0].duration: the expression is wrong: SyntaxError: '(' was never closed"],
    ],
    [
      'one inside a list',
      '{"task": "command", "x": [0, "(1 +* 2)"]}',
      ['2:35 $.task_list[0].x[1]: the expression is wrong: SyntaxError: invalid syntax'],
    ],
    [
      'behind escapes',
      String.raw`{"task": "command", "x": "('\"\u0041' +* 2)"}`,
      ['2:40 $.task_list[0].x: the expression is wrong: SyntaxError: invalid syntax'],
    ],
    [
      'in a key',
      '{"task": "command", "(1 +* 2)": 3}',
      ['2:26 $.task_list[0]["(1 +* 2)"]: the expression is wrong: SyntaxError: invalid syntax'],
    ],
    [
      'metadata of a task that is not required',
      `{"task": "null", "duration": "(requested_metadata['x']['y'])"}`,
      ['2:32 $.task_list[0].duration: requested_metadata has no "x" here: add it to requires_metadata_from'],
    ],
  ])('%s', (_, task, problems) => {
    expect(problemsOf(chain(task))).toEqual(problems);
  });

  test('a repeat criterion reads what its own list names', () => {
    const loop = (name: string) =>
      chain(`{"task": "execution_do_while_loop", "iteration_name": "i", "requires_metadata_from_child": ["search"],
"repeat_criterion": "(requested_metadata['${name}']['ok'])", "task_list": [{"task": "null", "name": "search"}]}`);
    expect(problemsOf(loop('search'))).toEqual([]);
    expect(problemsOf(loop('serach'))).toEqual([
      '3:23 $.task_list[0].repeat_criterion: requested_metadata has no "serach" here: add it to requires_metadata_from_child (did you mean "search"?)',
    ]);
  });
});
