import { describe, expect, test } from 'vitest';
import { problemsOf, read } from './job-file-registry.ts';

const yaml = { fileName: 'job.yaml' };

describe('a good YAML file', () => {
  test('says the same as its JSON, ints and floats kept apart', () => {
    const text = `# a comment
job_name: grid
parameters: {night: 2021-02-23, depth: 1.0, count: 3}
task_list:
  - task: execution_for_loop
    parameter: size
    values: [1, 1.0, 1e3, 0x10, yes, "3", ~, 'it''s']
    task_list:
      - task: "null"
        outputs:
          product: "'a_{size_index}.gz'.format(**metadata)"
`;
    expect(read(text, yaml).text).toBe(
      '{"job_name":"grid","parameters":{"night":"2021-02-23","depth":1.0,"count":3},"task_list":[{"task":"execution_for_loop",' +
        '"parameter":"size","values":[1,1.0,1000.0,16,"yes","3",null,"it\'s"],"task_list":[{"task":"null","outputs":' +
        '{"product":"\'a_{size_index}.gz\'.format(**metadata)"}}]}]}',
    );
  });

  test('may use anchors and aliases', () => {
    const text = 'task_list:\n  - &a {task: command, x: [1, 2]}\n  - *a\n  - {task: command, y: *a}\n';
    const { definition } = read(text, { fileName: 'job.YML' });
    expect(definition.nodes[2]?.object).toEqual(definition.nodes[1]?.object);
  });
});

describe('problems of YAML', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1 $: a job file is an object, not null']],
    [
      'a key that stands twice',
      'task_list: []\njob_name: a\njob_name: b\n',
      ['3:1 $.job_name: the key stands twice'],
    ],
    [
      'bad indentation',
      'task_list:\n  - task: verify\n name: x\n',
      ['3:1 $: All mapping items must start at the same column'],
    ],
    ['a custom tag', 'task_list: !include other.yaml\n', ['1:12 $: Unresolved tag: !include']],
    [
      'a binary value',
      'task_list: []\njob_name: !!binary aGk=\n',
      ['2:20 $.job_name: JSON has no value of this kind'],
    ],
    [
      'a merge key',
      'a: &a {x: 1}\ntask_list: []\nb:\n  <<: *a\n',
      ['4:3 $.b["<<"]: merge keys (<<) are not read: write the keys out'],
    ],
    [
      'an unknown alias',
      'task_list: *nowhere\n',
      ['1:12 $.task_list: no anchor &nowhere stands before this alias'],
    ],
    ['an alias of itself', 'task_list: &a [*a]\n', ['1:16 $.task_list[0]: the alias *a contains itself']],
    ['not a number', 'task_list: []\npriority: .nan\n', ['2:11 $.priority: a number must be finite']],
    ['a key that is a list', 'task_list: []\n? [a]\n: 1\n', ['2:3 $: a key must be a plain text']],
    [
      'two documents',
      'task_list: []\n---\ntask_list: []\n',
      ['2:1 $: Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ],
    [
      'an unknown type',
      'task_list:\n  - task: verfy\n',
      ['2:11 $.task_list[0].task: no task type is called "verfy" (did you mean "verify"?)'],
    ],
    [
      'a slip in a key',
      'task_list:\n  - task: error\n    input: {}\n',
      ['3:5 $.task_list[0].input: unknown key (did you mean "inputs"?)'],
    ],
    [
      'null without quotes',
      'task_list:\n  - task: null\n',
      ['2:11 $.task_list[0].task: expected a string, found null'],
    ],
    [
      'an expression in quotes',
      'task_list:\n  - task: error\n    message: "(1 +* 2)"\n',
      ['3:19 $.task_list[0].message: the expression is wrong: SyntaxError: invalid syntax'],
    ],
    [
      'a plain expression',
      'task_list:\n  - task: error\n    message: (1 +* 2)\n',
      ['3:18 $.task_list[0].message: the expression is wrong: SyntaxError: invalid syntax'],
    ],
    [
      'an expression that is folded',
      'task_list:\n  - task: error\n    message: >-\n      (1 +*\n      2)\n',
      ['3:14 $.task_list[0].message: the expression is wrong: SyntaxError: invalid syntax'],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text, yaml)).toEqual(problems);
  });

  test('a bomb of aliases is refused at once', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const startedAt = performance.now();
    const [first] = problemsOf(`a0: &a0 [x]\n${levels.join('\n')}\ntask_list: []\n`, yaml);
    expect(first).toContain('max_aliases (10000)');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('few aliases to a long text are refused too', () => {
    const text = `a: &a ${'x'.repeat(2000)}\nb: [${Array(100).fill('*a').join(', ')}]\ntask_list: []\n`;
    expect(problemsOf(text, { ...yaml, limits: { max_file_bytes: 100_000 } })[0]).toContain(
      'max_file_bytes (100000)',
    );
  });

  test('a file without end of nesting is refused, not overflowed', () => {
    expect(problemsOf(`task_list: ${'['.repeat(20_000)}`, yaml)).toEqual([
      '1:1 $: nested deeper than max_json_depth (200) allows',
    ]);
    expect(problemsOf(`task_list: ${'['.repeat(300)}${']'.repeat(300)}`, yaml)[0]).toContain(
      'max_json_depth (200)',
    );
  });
});
