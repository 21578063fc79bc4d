import { describe, expect, test } from 'vitest';
import { problemsOf, read } from './job-file-registry.ts';

const file = (parameters: string) => `{"parameters": {\n${parameters}\n}, "task_list": []}`;
const defaults = (text: string, ...set: string[]) => read(text, { set }).definition.parameters;

describe('parameters', () => {
  test('have their defaults, in either form', () => {
    const text = file(
      '"a": 1, "b": {"type": "number", "default": 1.0, "description": "x"}, "c": [1, "x"], "d": null',
    );
    expect({ ...defaults(text) }).toEqual({ a: 1n, b: 1, c: [1n, 'x'], d: null });
  });

  test('are overridden by JSON where it is JSON, and by the text as it is otherwise', () => {
    const text = file('"a": 1, "b": {"type": "list", "default": []}, "c": true, "d": 0');
    const made = defaults(text, 'a=2.0', 'b=[1, "x"]', 'c=false', 'd=x=y');
    expect({ ...made }).toEqual({ a: 2, b: [1n, 'x'], c: false, d: 'x=y' });
  });

  test('that are texts take what is given as text, unless it is quoted JSON', () => {
    const text = file('"night": "20210223", "label": {"type": "string", "default": ""}');
    expect({ ...defaults(text, 'night=20210224', 'label="a b"') }).toEqual({
      night: '20210224',
      label: 'a b',
    });
  });

  test('are stored as overridden, the declaration kept', () => {
    const text = file('"a": {"type": "integer", "default": 1, "description": "x"}, "b": 2');
    expect(read(text, { set: ['a=5'] }).text).toBe(
      '{"parameters":{"a":{"type":"integer","default":5,"description":"x"},"b":2},"task_list":[]}',
    );
  });

  test('without a default need a value at submission', () => {
    const text = file('"a": {"type": "integer"}');
    expect(problemsOf(text)).toEqual([
      '2:6 $.parameters.a: the parameter has no default and no value was given with --set',
    ]);
    expect({ ...defaults(text, 'a=5') }).toEqual({ a: 5n });
  });
});

describe('problems of parameters', () => {
  test.each<[string, string, string[]]>([
    [
      'no object',
      '{"parameters": [], "task_list": []}',
      ['1:16 $.parameters: expected an object, found a list'],
    ],
    [
      'a name with a blank',
      file('"a b": 1'),
      ['2:1 $.parameters["a b"]: the name of a parameter has letters, digits and _, and no digit first'],
    ],
    [
      'an unknown type',
      file('"a": {"type": "integr", "default": 1}'),
      [
        '2:15 $.parameters.a.type: expected one of number, integer, string, boolean, list (did you mean "integer"?)',
      ],
    ],
    [
      'a default of another type',
      file('"a": {"type": "boolean", "default": 1}'),
      ['2:37 $.parameters.a.default: expected a boolean, found the number 1'],
    ],
    [
      'an unknown key',
      file('"a": {"defualt": 1, "default": 2}'),
      ['2:7 $.parameters.a.defualt: a parameter has type, default and description (did you mean "default"?)'],
    ],
    [
      'a description that is no text',
      file('"a": {"default": 1, "description": 3}'),
      ['2:36 $.parameters.a.description: expected a string'],
    ],
    [
      'an object',
      file('"a": [{"b": 1}]'),
      ['2:6 $.parameters.a: a parameter is a plain value or a list of them, not an object'],
    ],
    [
      'an expression',
      file('"a": "(1 + 1)"'),
      [
        '2:6 $.parameters.a: a parameter is a plain value: it may not start like an expression, with ( or a quote',
      ],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  const declared = file('"depth": {"type": "integer", "default": 1}, "x": 1');
  test.each<[string, string[]]>([
    [
      'dept=3',
      ['1:16 $.parameters: --set "dept": the file has no parameter of this name (did you mean "depth"?)'],
    ],
    ['depth', ['1:16 $.parameters: --set "depth": expected name=value']],
    ['depth=1.5', ['2:10 $.parameters.depth: --set "depth=1.5": expected an integer, found the number 1.5']],
    ['depth=deep', ['2:10 $.parameters.depth: --set "depth=deep": expected an integer, found a string']],
    [
      'x={"a": 1}',
      [
        '2:50 $.parameters.x: --set "x={\\"a\\": 1}": a parameter is a plain value or a list of them, not an object',
      ],
    ],
    [
      "x=('a')",
      [
        `2:50 $.parameters.x: --set "x=('a')": a parameter is a plain value: it may not start like an expression, with ( or a quote`,
      ],
    ],
    ['x=1e999', ['2:50 $.parameters.x: --set "x=1e999": the number is too large']],
    ['__proto__=1', ['1:16 $.parameters: --set "__proto__": the file has no parameter of this name']],
  ])('--set %s', (set, problems) => {
    expect(problemsOf(declared, { set: [set] })).toEqual(problems);
  });

  test('any value can be given to a file without parameters, and is refused', () => {
    expect(problemsOf('{"task_list": []}', { set: ['a=1'] })).toEqual([
      '1:1 $.parameters: --set "a": the file has no parameter of this name',
    ]);
  });

  test('a value nested without end is taken as text', () => {
    expect({ ...defaults(file('"a": 1'), `a=${'['.repeat(100_000)}`) }.a).toHaveLength(100_000);
  });
});
