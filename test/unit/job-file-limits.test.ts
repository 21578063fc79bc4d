import { describe, expect, test } from 'vitest';
import { readJobFile } from '../../core/job-file/job-file.ts';
import { limitsSchema } from '../../core/job-file/limits.ts';
import { problemsOf, read, registry } from './job-file-registry.ts';

const tasks = (count: number) => Array(count).fill('{"task": "null"}').join(',');
const chain = (count: number) => `{"task": "execution_chain", "task_list": [${tasks(count)}]}`;

function nested(depth: number): string {
  let list = '';
  for (let at = 1; at < depth; at += 1) list = `{"task": "execution_chain", "task_list": [${list}]}`;
  return `{"task_list": [${list}]}`;
}

describe('every limit names its setting', () => {
  test.each<[string, string, object, string]>([
    [
      'bytes',
      `{"task_list": [], "job_name": "${'x'.repeat(100)}"}`,
      { max_file_bytes: 100 },
      'max_file_bytes (100)',
    ],
    [
      'bytes beyond ASCII',
      `{"task_list": [], "job_name": "${'é'.repeat(40)}"}`,
      { max_file_bytes: 100 },
      'max_file_bytes (100)',
    ],
    ['lists in lists', nested(5), { max_depth: 4 }, 'max_depth (4)'],
    ['brackets', '{"task_list": [], "x": [[[]]]}', { max_json_depth: 3 }, 'max_json_depth (3)'],
    ['tasks', `{"task_list": [${chain(3)}, ${chain(3)}]}`, { max_tasks: 7 }, 'max_tasks (7)'],
    ['tasks in a list', `{"task_list": [${tasks(4)}]}`, { max_list: 3 }, 'max_list (3)'],
    ['characters', '{"task_list": [], "job_name": "abcd"}', { max_string: 3 }, 'max_string (3)'],
  ])('%s', (_, text, limits, message) => {
    expect(problemsOf(text, { limits })[0]).toContain(message);
    const raised = Object.fromEntries(
      Object.entries(limits).map(([name, value]) => [name, Number(value) * 10]),
    );
    expect(problemsOf(text, { limits: raised })).toEqual([]);
  });

  test('YAML has a smaller one', () => {
    const text = `task_list: []\njob_name: ${'x'.repeat(100)}\n`;
    const [problem] = problemsOf(text, { fileName: 'a.yaml', limits: { max_yaml_bytes: 100 } });
    expect(problem).toContain('max_yaml_bytes (100) allows: a large job is better written as JSON');
  });

  test('a limit that is unknown or not positive is refused', () => {
    const options = { fileName: 'a', registry, limits: { max_depth: 0 } };
    expect(() => readJobFile('{}', options)).toThrow();
    expect(limitsSchema.safeParse({ max_deph: 1 }).success).toBe(false);
  });
});

describe('hostile text', () => {
  test.each([
    ['brackets without end', '['.repeat(1_000_000)],
    ['brackets behind a stray quote', `// "\n${'['.repeat(1_000_000)}`],
    ['brackets behind a quote in a comment', `{"a": 1 /* " */, "b": ${'['.repeat(1_000_000)}`],
    ['an int of a million digits', `{"task_list": [], "priority": ${'9'.repeat(1_000_000)}}`],
    ['a million commas', ','.repeat(1_000_000)],
    ['a key of a million letters', `{"${'k'.repeat(1_000_000)}": 1}`],
    [
      'a hundred thousand unknown keys',
      `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}": 1`).join(',')}}`,
    ],
    ['twenty thousand slips', `{"task_list": [${Array(9_999).fill('{"tsk": 1, "task": "nul"}').join(',')}]}`],
  ])('%s is refused in little time', (_, text) => {
    const startedAt = performance.now();
    expect(problemsOf(text)).not.toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('at most a thousand problems are placed, and the others counted', () => {
    const problems = problemsOf(`{"task_list": [${Array(1500).fill('3').join(',')}]}`);
    expect(problems).toHaveLength(1001);
    expect(problems.at(-1)).toBe('1:1 $: 500 more errors are not listed');
  });

  test('the deepest file that is allowed is read', () => {
    expect(read(nested(64)).definition.nodes).toHaveLength(64);
    expect(problemsOf(nested(65))).toHaveLength(1);
  });
});
